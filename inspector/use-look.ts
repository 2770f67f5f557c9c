import { createContext } from 'preact'
import { useContext, useEffect, useRef, useState } from 'preact/hooks'
import type { Failure, Shown, View } from '../lib/inspector/messages.ts'
import type { Link } from './link.ts'

export const LinkContext = createContext<Link | undefined>(undefined)

export type ShownOf<Name extends Shown['view']> = Extract<Shown, { readonly view: Name }>

/** What is seen of a view: the last of it, and why there is none any more. */
export interface Seen<T> {
  readonly shown: T | undefined
  readonly failure: Failure | undefined
}

/**
 * Looks at a view for as long as the component is there.
 * @param take puts what comes together with what was there; without it, what comes takes the place of that
 */
export function useLook<Name extends Shown['view']>(
  view: View & { readonly view: Name },
  take: (before: ShownOf<Name> | undefined, now: ShownOf<Name>) => ShownOf<Name> = (_before, now) => now,
): Seen<ShownOf<Name>> {
  const link = useContext(LinkContext)
  const [seen, setSeen] = useState<Seen<ShownOf<Name>>>({ shown: undefined, failure: undefined })
  const takes = useRef(take)
  const key = JSON.stringify(view)
  useEffect(() => {
    link?.lookAt(view, {
      shown: (shown) => {
        if (shown.view !== view.view) return
        setSeen(({ shown: before }) => ({ shown: takes.current(before, shown as ShownOf<Name>), failure: undefined }))
      },
      failed: (failure) => setSeen(({ shown }) => ({ shown, failure })),
    })
    // `key` has all of the view.
  }, [link, key])
  return seen
}
