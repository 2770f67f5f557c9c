import type { JSX } from 'preact'
import { duration } from './format.ts'
import { labelOf, type Peers, processOf } from './links.tsx'
import { linkTo } from './route.ts'
import type { WaitGraph } from './wait-graph.ts'

/** Where things are, in pixels. */
const width = 760
const rowHeight = 62
const box = { width: 190, height: 38 }
const left = 20
const right = width - box.width - 20

/** At which part of a line its text is. */
const textAt = 0.3

/** More can't be told apart; the table has all. */
const maxDrawn = 30

interface WaitDrawingProps {
  readonly graph: WaitGraph
  readonly peers: Peers
  readonly server: number
}

/** Sessions at the left, what they wait for at the right: a line to what a session waits for, a broken one back to who has it. */
export function WaitDrawing({ graph, peers, server }: WaitDrawingProps): JSX.Element {
  const sessions = graph.sessions.slice(0, maxDrawn)
  const referents = graph.referents.slice(0, maxDrawn)
  const sessionAt = new Map(sessions.map((id, row) => [id, row * rowHeight + 10]))
  const referentAt = new Map(referents.map(({ id }, row) => [id, row * rowHeight + 10]))
  const height = Math.max(sessions.length, referents.length) * rowHeight + 10
  return (
    <div class="drawing">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        role="img"
        aria-label="Who waits for whom, drawn. The table below says the same."
      >
        <Arrows />
        {graph.waits.map(({ session, referent, method, ageMs, isStuck }, index) => (
          <Edge
            key={`wait ${index}`}
            kind={isStuck ? 'wait stuck' : 'wait'}
            from={{ x: left + box.width, y: sessionAt.get(session) }}
            to={{ x: right, y: referentAt.get(referent) }}
            text={`${method}, ${duration(ageMs)}`}
            lift={-6}
          />
        ))}
        {graph.holds.map(({ session, referent, ageMs, isStuck }, index) => (
          <Edge
            key={`hold ${index}`}
            kind={isStuck ? 'hold stuck' : 'hold'}
            from={{ x: right, y: referentAt.get(referent) }}
            to={{ x: left + box.width, y: sessionAt.get(session) }}
            text={`has it for ${duration(ageMs)}`}
            lift={8}
          />
        ))}
        {sessions.map((id) => (
          <Node
            x={left}
            y={sessionAt.get(id) ?? 0}
            title={`session ${id}`}
            detail={processOf(peers.get(id))}
            href={linkTo('sessions', { item: id, server })}
            isStuck={graph.waits.some((wait) => wait.session === id && wait.isStuck)}
          />
        ))}
        {referents.map((referent) => (
          <Node
            x={right}
            y={referentAt.get(referent.id) ?? 0}
            title={labelOf(referent)}
            detail={`${referent.typeid} ${referent.id}`}
            href={linkTo('referents', { item: String(referent.id), server })}
            isStuck={graph.holds.some((hold) => hold.referent === referent.id && hold.isStuck)}
          />
        ))}
      </svg>
    </div>
  )
}

function Arrows(): JSX.Element {
  return (
    <defs>
      {['arrow', 'arrow-stuck'].map((id) => (
        <marker
          id={id}
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto-start-reverse"
        >
          <path class={id} d="M0 0 L8 4 L0 8 z" />
        </marker>
      ))}
    </defs>
  )
}

interface EdgeProps {
  readonly kind: string
  readonly from: { readonly x: number; readonly y: number | undefined }
  readonly to: { readonly x: number; readonly y: number | undefined }
  readonly text: string
  /** By how much it is out of the middle of the boxes, so that two between the same boxes don't cover each other. */
  readonly lift: number
}

function Edge({ kind, from, to, text, lift }: EdgeProps): JSX.Element | null {
  if (from.y === undefined || to.y === undefined) return null
  const [fromY, toY] = [from.y + box.height / 2 + lift, to.y + box.height / 2 + lift]
  const middle = (from.x + to.x) / 2
  const at = fromY + (toY - fromY) * textAt * textAt * (3 - 2 * textAt)
  return (
    <g class={`edge ${kind}`}>
      <path
        d={`M${from.x} ${fromY} C${middle} ${fromY} ${middle} ${toY} ${to.x} ${toY}`}
        marker-end={kind.includes('stuck') ? 'url(#arrow-stuck)' : 'url(#arrow)'}
      />
      <text x={from.x + (to.x - from.x) * textAt} y={at - 4} text-anchor="middle">
        {text}
      </text>
    </g>
  )
}

interface NodeProps {
  readonly x: number
  readonly y: number
  readonly title: string
  readonly detail: string
  readonly href: string
  readonly isStuck: boolean
}

function Node({ x, y, title, detail, href, isStuck }: NodeProps): JSX.Element {
  return (
    <a href={href} class={isStuck ? 'node stuck' : 'node'}>
      <rect x={x} y={y} width={box.width} height={box.height} rx="5" />
      <text x={x + 10} y={y + 16}>
        {short(title)}
      </text>
      <text class="detail" x={x + 10} y={y + 31}>
        {short(detail)}
      </text>
      <title>{title}</title>
    </a>
  )
}

function short(text: string): string {
  return text.length > 26 ? `${text.slice(0, 25)}…` : text
}
