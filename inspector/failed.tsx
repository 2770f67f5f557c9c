import type { JSX } from 'preact'
import type { Failure } from '../lib/inspector/messages.ts'

/** What went wrong the last time. */
export function Failed({ failure }: { readonly failure: Failure | undefined }): JSX.Element | null {
  return failure === undefined ? null : (
    <p class="failed" role="alert">
      {failure.code === undefined ? '' : `${failure.code}: `}
      {failure.message}
    </p>
  )
}
