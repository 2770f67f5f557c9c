import { DockerfileParser } from 'dockerfile-ast'
import { execFile } from 'node:child_process'
import { cp, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

/** A command that an image says how to run. */
export interface ImageCommand {
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

export interface Image {
  readonly command: ImageCommand
  readonly healthcheck: ImageCommand
}

/**
 * Does what a Dockerfile says, with the folders that it names on this machine itself, and the programs of this machine for those
 * of its base. Instructions and forms of them that it doesn't know are refused.
 */
export async function build(dockerfile: string, context: string, variables: NodeJS.ProcessEnv): Promise<Image> {
  let [cwd, env] = ['/', Object.fromEntries(Object.entries(variables).map(([name, value = '']) => [name, value]))]
  const commands: Record<string, ImageCommand> = {}
  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    const [keyword, content] = [instruction.getKeyword(), instruction.getArgumentsContent() ?? '']
    switch (keyword) {
      case 'FROM':
      case 'USER':
      case 'EXPOSE':
        break
      case 'ENV': {
        const [, name = '', value = ''] = /^(\w+)=(\S*)$/.exec(content) ?? refuse(keyword, content)
        env = { ...env, [name]: value.replaceAll(/\$(\w+)/g, (_, other: string) => env[other] ?? '') }
        break
      }
      case 'WORKDIR':
        cwd = content
        await mkdir(cwd, { recursive: true })
        break
      case 'COPY': {
        const names = content.split(/\s+/)
        const target = resolve(cwd, names.pop() ?? '')
        for (const name of names) await cp(join(context, name), join(target, name))
        break
      }
      case 'RUN':
        await promisify(execFile)('/bin/sh', ['-c', content], { cwd, env })
        break
      case 'CMD':
        commands['CMD'] = { args: execForm(content), cwd, env }
        break
      case 'HEALTHCHECK': {
        const [, command = ''] = /^(?:--\S+\s+(?:\\\s+)?)*CMD\s+([^]*)$/.exec(content) ?? refuse(keyword, content)
        commands['HEALTHCHECK'] = { args: execForm(command), cwd, env }
        break
      }
      default:
        refuse(keyword, content)
    }
  }
  const { CMD: command, HEALTHCHECK: healthcheck } = commands
  if (command === undefined || healthcheck === undefined) throw new Error('the image has no CMD, or no HEALTHCHECK')
  return { command, healthcheck: { ...healthcheck, env, cwd } }
}

function execForm(content: string): string[] {
  return JSON.parse(content) as string[]
}

function refuse(keyword: string, content: string): never {
  throw new Error(`what is ${keyword} ${content}?`)
}
