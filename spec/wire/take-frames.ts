import type { Frame, FrameReader } from '../../lib/wire/frame.ts'

/** The frames that are complete with `chunk`. */
export function takeFrames(reader: FrameReader, chunk: Uint8Array): Frame[] {
  reader.push(chunk)
  const frames: Frame[] = []
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) frames.push(frame)
  return frames
}
