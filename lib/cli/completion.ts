import { Argument, type Command } from 'commander'
import { actionOf, type Ended } from './command.ts'
import type { Console } from './console.ts'

type Shell = 'bash' | 'zsh' | 'fish'

/** `referent completion`: a script that completes the commands and options of this command line. */
export function addCompletion(program: Command, ended: Ended): void {
  program
    .command('completion')
    .description('print a script for a shell, which completes commands and options: source <(referent completion bash)')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(
      actionOf(ended, async ({ out }: Console, _: object, shell: Shell) => {
        await out.write(`${scripts[shell](commandsOf(program)).join('\n')}\n`)
      }),
    )
}

interface Named {
  readonly names: readonly string[]
  readonly description: string
  /** The long flags; each with whether a value follows. */
  readonly options: readonly { readonly flag: string; readonly takesValue: boolean; readonly description: string }[]
}

function commandsOf(program: Command): Named[] {
  return program.commands.map((command) => ({
    names: [command.name(), ...command.aliases()],
    description: command.description(),
    options: command.options.map(({ long, required, description }) => {
      return { flag: long ?? '', takesValue: required, description }
    }),
  }))
}

const scripts: Readonly<Record<Shell, (commands: readonly Named[]) => string[]>> = { bash, zsh, fish }

function bash(commands: readonly Named[]): string[] {
  return [
    '_referent() {',
    '  local words',
    '  case ${COMP_WORDS[1]} in',
    ...commands.map(
      ({ names, options }) => `    ${names.join('|')}) words='${options.map(({ flag }) => flag).join(' ')}' ;;`,
    ),
    '  esac',
    `  [[ $COMP_CWORD -eq 1 ]] && words='${commands.flatMap(({ names }) => names).join(' ')}'`,
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -o default -F _referent referent',
  ]
}

function zsh(commands: readonly Named[]): string[] {
  const text = (description: string): string => description.replaceAll(/['[\]:\\]/g, ' ')
  return [
    '#compdef referent',
    '_referent() {',
    '  local -a commands',
    '  commands=(',
    ...commands.flatMap(({ names, description }) => names.map((name) => `    '${name}:${text(description)}'`)),
    '  )',
    '  if (( CURRENT == 2 )); then _describe command commands; return; fi',
    '  case $words[2] in',
    ...commands.map(({ names, options }) => {
      const specs = options.map(({ flag, takesValue, description }) => {
        return `'${flag}[${text(description)}]${takesValue ? ':value:_files' : ''}'`
      })
      return `    ${names.join('|')}) _arguments ${[...specs, "'*:argument:_files'"].join(' ')} ;;`
    }),
    '  esac',
    '}',
    'compdef _referent referent',
  ]
}

function fish(commands: readonly Named[]): string[] {
  const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`
  return commands.flatMap(({ names, description, options }) => [
    `complete -c referent -n __fish_use_subcommand -a '${names.join(' ')}' -d ${quoted(description)}`,
    ...options.map(({ flag, takesValue, description: what }) => {
      const condition = `'__fish_seen_subcommand_from ${names.join(' ')}'`
      return `complete -c referent -n ${condition} -l ${flag.slice(2)}${takesValue ? ' -r' : ''} -d ${quoted(what)}`
    }),
  ])
}
