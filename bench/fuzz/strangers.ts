import type { Dice } from './dice.ts'
import { array, join, text, word } from './bytes.ts'
import { bodyOf, flags, kind, messageOf, textField, whole } from './fields.ts'
import { framed, frameOf, lineOf, type Message } from './frame.ts'
import { helloLine, loginLine, welcomeLine } from './handshake.ts'
import type { Peer } from './peer.ts'
import type { SessionLog } from './session-log.ts'
import { oddText } from './values.ts'

const patienceMs = 15_000

const inspectCall = messageOf(
  [kind('call'), flags(0), whole('id', 1), whole('to', 0), textField('name', text('inspect'))],
  bodyOf(array()),
)
/** What is said after a good one is the session's. */
const goodLogins = new Set(['two lines', 'a request after it'])

/** Says in place of a login what is none: nobody may get in by that. */
export async function strangerLogin(
  peer: Peer,
  hello: Message,
  authkey: Buffer,
  log: SessionLog,
  dice: Dice,
): Promise<void> {
  const { name, bytes } = oddLogin(hello, authkey, dice)
  log.sent({ name: `login: ${name}`, bytes })
  await (dice.oneIn(4) ? peer.writeSlowly(bytes) : peer.write(bytes))
  // What isn't complete is waited for, up to ten seconds: these go away before that, most of the time.
  if (name === 'nothing') return
  const answer = await peer.next(patienceMs)
  if (answer?.['kind'] === 'welcome' && !goodLogins.has(name))
    log.failed(`a login was accepted: ${bytes.toString('latin1', 8, 400)}`)
  if (answer?.['kind'] === 'refused') log.count('refused logins')
  if (answer?.['kind'] === 'welcome' && name === 'a request after it') {
    const result = await peer.next(patienceMs)
    if (result?.['kind'] !== 'result') log.failed(`a request after the login had no answer: ${JSON.stringify(result)}`)
    return
  }
  if (!(await peer.isCut(patienceMs))) log.failed(`the server keeps a stranger: ${name}`)
}

function oddLogin(hello: Message, authkey: Buffer, dice: Dice): { name: string; bytes: Buffer } {
  const login = loginLine(hello, { kind: 'authkey', id: 0, key: authkey })
  const line = lineOf
  return dice.make<{ name: string; bytes: Buffer }>([
    () => ({ name: 'a wrong key', bytes: line(loginLine(hello, { kind: 'authkey', id: 0, key: 'wrong' })) }),
    () => ({
      name: 'a wrong capability',
      bytes: line(loginLine(hello, { kind: 'capability', id: dice.between(0, 30), key: 'x' })),
    }),
    () => ({
      name: 'for another hello',
      bytes: line(loginLine({ ...hello, nonce: 'B'.repeat(43) }, { kind: 'authkey', id: 0, key: authkey })),
    }),
    () => ({ name: 'another version', bytes: line({ ...login, version: dice.of([0, 1, '2', null, 1.5]) }) }),
    () => ({ name: 'an odd field', bytes: oddLine(login, dice.of(['kind', 'nonce', 'credential', 'proof']), dice) }),
    () => ({
      name: 'a missing field',
      bytes: line(without(login, dice.of(['kind', 'nonce', 'credential', 'proof', 'version']))),
    }),
    () => ({ name: 'a short nonce', bytes: line({ ...login, nonce: 'AAAA' }) }),
    () => ({ name: 'a long line', bytes: line({ ...login, more: 'x'.repeat(dice.of([4096, 100_000])) }) }),
    () => ({ name: 'bytes', bytes: frameOf([Buffer.from(JSON.stringify(login))], Buffer.alloc(1)) }),
    () => ({ name: 'two lines', bytes: Buffer.concat([line(login), line(login)]) }),
    () => ({
      name: 'a request after it',
      bytes: Buffer.concat([line(login), frameOf([inspectCall])]),
    }),
    () => ({
      name: 'a request in place of it',
      bytes: frameOf([inspectCall]),
    }),
    () => ({ name: 'a welcome', bytes: line({ ...login, kind: 'welcome' }) }),
    () => ({
      name: 'random bytes',
      bytes: Buffer.from(Array.from({ length: dice.between(5, 200) }, () => dice.below(256))),
    }),
    () => ({ name: 'a long frame', bytes: Buffer.concat([word(dice.of([4097, 2 ** 31, 0xffff_ffff])), word(0)]) }),
    () => ({
      name: 'message bytes that lie',
      bytes: framed(dice.of([1, 70_000, 0xffff_ffff]), Buffer.from(JSON.stringify(login))),
    }),
    () => ({ name: 'nothing', bytes: Buffer.alloc(0) }),
    () => ({ name: 'nothing', bytes: line(login).subarray(0, dice.between(1, 100)) }),
  ])
}

/** A line with a field of another form than the page gives it. */
function oddLine(line: Message, odd: string, dice: Dice): Buffer {
  const fields = Object.entries(line).map(([name, value]) => [
    name,
    name === odd ? oddText(dice) : JSON.stringify(value),
  ])
  return frameOf([Buffer.from(`{${fields.map(([name, value]) => `"${name}":${value}`).join()}}`)])
}

function without(login: Message, name: string): Message {
  return Object.fromEntries(Object.entries(login).filter(([each]) => each !== name))
}

/** Says in place of a hello what is none; then nothing may follow. */
export async function strangeHello(peer: Peer, log: SessionLog, dice: Dice): Promise<void> {
  const hello = helloLine()
  const bytes = dice.make<Buffer>([
    () => oddLine(hello, dice.of(['kind', 'protocol', 'version']), dice),
    () => lineOf(without(hello, dice.of(['kind', 'protocol', 'version', 'nonce', 'server']))),
    () => lineOf({ ...hello, more: 'x'.repeat(5000) }),
    () => frameOf([Buffer.from(JSON.stringify([hello, hello]))]),
    () => Buffer.from(Array.from({ length: dice.between(5, 200) }, () => dice.below(256))),
    () => frameOf([inspectCall]),
    () => framed(dice.of([1, 0xffff_ffff]), Buffer.from(JSON.stringify(hello))),
  ])
  log.sent({ name: 'hello: an odd one', bytes })
  await peer.write(bytes)
  const answer = await peer.next(patienceMs)
  if (answer !== undefined) log.failed(`a hello was accepted: ${bytes.toString('latin1', 8, 400)}`)
}

/** Says in place of a welcome what is none: the client must not take it for a server that knows the key. */
export async function strangeWelcome(
  peer: Peer,
  hello: Message,
  login: Message,
  authkey: Buffer,
  log: SessionLog,
  dice: Dice,
): Promise<void> {
  const welcome = welcomeLine(hello, login, authkey)
  const bytes = dice.make<Buffer>([
    () => lineOf(welcomeLine(hello, login, 'wrong')),
    () => lineOf(welcomeLine({ ...hello, nonce: 'B'.repeat(43) }, login, authkey)),
    () => lineOf({ ...welcome, proof: login['proof'] }),
    () => lineOf({ ...welcome, signature: welcomeLine(hello, hello, authkey)['signature'] }),
    () => oddLine(welcome, dice.of(['kind', 'proof', 'signature']), dice),
    () => lineOf(without(welcome, dice.of(['kind', 'proof', 'signature']))),
    () => lineOf({ ...welcome, more: 'x'.repeat(5000) }),
    () => lineOf({ kind: 'refused', message: dice.of(['', 'no', '\u001b[2J', 'x'.repeat(3000)]) }),
    () => lineOf({ kind: 'refused', message: 7 }),
    () => frameOf([join(5, 0, 1, 1)]),
  ])
  log.sent({ name: 'welcome: an odd one', bytes })
  await peer.write(bytes)
  const said = await peer.next(patienceMs)
  if (said !== undefined) log.failed(`a welcome was accepted: ${bytes.toString('latin1', 8, 400)}`)
}
