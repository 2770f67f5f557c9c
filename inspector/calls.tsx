import type { JSX } from 'preact'
import { useContext, useState } from 'preact/hooks'
import type { CallRow, ServerRow } from '../lib/inspector/rows.ts'
import { CallTable } from './call-table.tsx'
import { counted } from './format.ts'
import { Failed } from './failed.tsx'
import { LinkContext, type ShownOf, useLook } from './use-look.ts'
import { Waterfall } from './waterfall.tsx'

/** How many calls the page keeps, and how many of them it shows. */
const kept = 2000
const listed = 200

type Order = 'newest' | 'slowest'

interface Filter {
  readonly typeid: string
  readonly method: string
  readonly session: string
  readonly slowerThanMs: string
  readonly errors: boolean
}

const texts = [
  { name: 'typeid', label: 'Typeid' },
  { name: 'method', label: 'Method' },
  { name: 'session', label: 'Session' },
  { name: 'slowerThanMs', label: 'Slower than (ms)' },
] as const

function together(before: ShownOf<'calls'> | undefined, now: ShownOf<'calls'>): ShownOf<'calls'> {
  if (before === undefined) return now
  return { ...now, calls: [...before.calls, ...now.calls].slice(-kept), missed: before.missed + now.missed }
}

/** Calls of all servers as they are answered, and those that took longest. */
export function Calls(): JSX.Element {
  const [filter, setFilter] = useState<Filter>({ typeid: '', method: '', session: '', slowerThanMs: '', errors: false })
  return (
    <>
      <search class="search">
        {texts.map(({ name, label }) => (
          <label>
            {label}
            <input
              type="search"
              value={filter[name]}
              maxLength={200}
              spellcheck={false}
              onInput={({ currentTarget: { value } }) => setFilter((before) => ({ ...before, [name]: value }))}
            />
          </label>
        ))}
        <label>
          <input
            type="checkbox"
            checked={filter.errors}
            onChange={({ currentTarget: { checked } }) => setFilter((before) => ({ ...before, errors: checked }))}
          />
          Errors alone
        </label>
      </search>
      <Tail key={JSON.stringify(filter)} filter={filter} />
    </>
  )
}

function Tail({ filter }: { readonly filter: Filter }): JSX.Element {
  const all = useContext(LinkContext)?.servers ?? []
  const servers = all.length > 1 ? all : undefined
  const [order, setOrder] = useState<Order>('newest')
  const [chosen, choose] = useState<CallRow>()
  const [held, hold] = useState<readonly CallRow[]>()
  const { shown, failure } = useLook<'calls'>({ view: 'calls', ...asked(filter) }, together)
  const calls = held ?? shown?.calls ?? []
  const ordered =
    order === 'newest' ? calls.toReversed() : calls.toSorted((one, other) => other.durationMs - one.durationMs)
  return (
    <>
      <div class="search">
        <label>
          Order
          <select
            value={order}
            onChange={({ currentTarget: { value } }) => setOrder(value === 'slowest' ? value : 'newest')}
          >
            <option value="newest">newest first</option>
            <option value="slowest">slowest first</option>
          </select>
        </label>
        <button
          type="button"
          aria-pressed={held !== undefined}
          onClick={() => hold(held === undefined ? calls : undefined)}
        >
          {held === undefined ? 'Pause' : 'Go on'}
        </button>
        <span role="status">
          {counted(calls.length)} of the last calls{servers === undefined ? '' : ' of all servers'}
          {shown !== undefined && shown.missed > 0 ? `, ${counted(shown.missed)} more were not kept` : ''}
        </span>
      </div>
      <Failed failure={failure} />
      {chosen !== undefined && <Chosen call={chosen} calls={calls} servers={servers} close={() => choose(undefined)} />}
      <div class="scroll" tabIndex={0} role="region" aria-label="Calls">
        <CallTable caption="Calls" calls={ordered.slice(0, listed)} servers={servers} choose={choose} chosen={chosen} />
      </div>
    </>
  )
}

/** What of the filter is asked for. */
function asked({ typeid, method, session, slowerThanMs, errors }: Filter) {
  const least = Number(slowerThanMs)
  return {
    ...(typeid === '' ? {} : { typeid }),
    ...(method === '' ? {} : { method }),
    ...(session === '' ? {} : { session }),
    ...(slowerThanMs !== '' && least >= 0 ? { slowerThanMs: least } : {}),
    ...(errors ? { errors } : {}),
  }
}

interface ChosenProps {
  readonly call: CallRow
  readonly calls: readonly CallRow[]
  readonly servers: readonly ServerRow[] | undefined
  readonly close: () => void
}

/** One call: what it threw, and the chain that it is part of. */
function Chosen({ call, calls, servers, close }: ChosenProps): JSX.Element {
  const { typeid, method, error } = call
  return (
    <section class="chosen" aria-label="One call">
      <button type="button" class="close" onClick={close}>
        Close
      </button>
      <h2>
        {typeid}.{method}
      </h2>
      {error !== undefined && <pre class="stack">{error.stack ?? `${error.name}: ${error.message}`}</pre>}
      <Waterfall call={call} calls={calls} servers={servers} />
    </section>
  )
}
