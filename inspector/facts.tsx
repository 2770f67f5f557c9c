import type { JSX } from 'preact'

/** What is known of something, by names. */
export function Facts({ facts }: { readonly facts: Readonly<Record<string, string>> }): JSX.Element {
  return (
    <dl class="facts">
      {Object.entries(facts).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
