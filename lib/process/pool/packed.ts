import { pack, type Parcel, unpackSoon } from '../parcel.ts'

/** A parcel; one of text alone, as most are, is that text. */
export type Packed = string | Parcel

/** As `pack`. */
export function packSlim(value: unknown, root?: string): Packed {
  const parcel = pack(value, root)
  return parcel.references.length + parcel.attachments.length === 0 ? parcel.text : parcel
}

/** As `unpackSoon`. */
export function unpackSlim(packed: Packed): unknown {
  return unpackSoon(typeof packed === 'string' ? { text: packed, attachments: [], references: [] } : packed)
}
