import type { JSX } from 'preact'
import { useContext, useState } from 'preact/hooks'
import type { Failure } from '../lib/inspector/messages.ts'
import type { ReferentDetailRow } from '../lib/inspector/rows.ts'
import { CallFailed } from './link.ts'
import { LinkContext } from './use-look.ts'

interface Answer {
  readonly isPending?: boolean
  readonly json?: string
  readonly failure?: Failure
}

interface ReferentProps {
  readonly server: number
  readonly referent: number
}

/** Calls a method with JSON arguments, or reads a property. */
export function AskMember({
  server,
  referent,
  members,
}: ReferentProps & Pick<ReferentDetailRow, 'members'>): JSX.Element {
  const link = useContext(LinkContext)
  const [answer, setAnswer] = useState<Answer>()
  const [member, setMember] = useState(members[0]?.name ?? '')
  const [args, setArgs] = useState('')
  return (
    <section class="part">
      <form
        class="ask"
        onSubmit={(event) => {
          event.preventDefault()
          follow(link?.ask({ kind: 'call', server, referent, member, args }), setAnswer)
        }}
      >
        <label>
          Member
          <select value={member} onChange={({ currentTarget: { value } }) => setMember(value)}>
            {members.map(({ name }) => (
              <option value={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          Arguments as JSON
          <input
            value={args}
            placeholder={'"text", 1, { "by": 2 }'}
            spellcheck={false}
            maxLength={50_000}
            onInput={({ currentTarget: { value } }) => setArgs(value)}
          />
        </label>
        <button type="submit">Call</button>
      </form>
      <Shown answer={answer} />
    </section>
  )
}

/** Shows a copy of what its class chose to show of its state. */
export function AskSnapshot({ server, referent }: ReferentProps): JSX.Element {
  const link = useContext(LinkContext)
  const [answer, setAnswer] = useState<Answer>()
  return (
    <section class="part">
      <button type="button" onClick={() => follow(link?.ask({ kind: 'snapshot', server, referent }), setAnswer)}>
        Take a snapshot
      </button>
      <Shown answer={answer} />
    </section>
  )
}

function follow(asked: Promise<string> | undefined, show: (answer: Answer) => void): void {
  show({ isPending: true })
  asked?.then(
    (json) => show({ json }),
    (error: unknown) =>
      show({ failure: error instanceof CallFailed ? error.failure : { name: 'Error', message: String(error) } }),
  )
}

function Shown({ answer }: { readonly answer: Answer | undefined }): JSX.Element {
  const { isPending = false, json, failure } = answer ?? {}
  return (
    <div role="status">
      {isPending && 'No answer yet…'}
      {json !== undefined && <pre class="answer">{json}</pre>}
      {failure !== undefined && (
        <pre class="answer bad">
          {failure.code ?? failure.name}: {failure.message}
        </pre>
      )}
    </div>
  )
}
