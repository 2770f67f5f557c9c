// A chat room that calls its members: a function in an argument arrives as a remote one, which the room can keep.
import { Exposed, isMain, Manager, Process, type Remote, Shared } from 'referent'

type Listener = (from: string, text: string) => unknown

@Shared()
export class ChatRoom {
  readonly #listeners = new Map<string, Listener>()

  @Exposed
  join(name: string, listener: Listener): void {
    this.#listeners.set(name, listener)
  }

  @Exposed
  leave(name: string): void {
    this.#listeners.delete(name)
  }

  /** Resolves with the number of those who heard it, when all have. */
  @Exposed
  async say(from: string, text: string): Promise<number> {
    const others = [...this.#listeners].filter(([name]) => name !== from)
    await Promise.all(others.map(([, listener]) => listener(from, text)))
    return others.length
  }
}

export async function chat(room: Remote<ChatRoom>, name: string) {
  const goodbye = new Promise<void>((resolve, reject) => {
    const listen: Listener = async (from, text) => {
      console.log(`${name} hears ${from}: ${text}`)
      // A callback may call the object back that is calling it.
      if (text === `are you there, ${name}?`) await room.say(name, 'I am here')
      if (text === 'goodbye') resolve()
    }
    room.join(name, listen).catch(reject)
  })
  await room.say(name, 'hello')
  await goodbye
  await room.leave(name)
}

if (isMain(import.meta)) {
  await using manager = await Manager.start()
  const room = await manager.create(ChatRoom)
  const names = ['Ada', 'Grace']

  let hellos = 0
  await new Promise<void>((resolve, reject) => {
    const listen: Listener = (from, text) => {
      console.log(`the host hears ${from}: ${text}`)
      if (text === 'hello' && ++hellos === names.length) resolve()
    }
    room.join('the host', listen).catch(reject)
    for (const name of names) new Process(chat, [room, name]).start()
  })

  console.log(`${await room.say('the host', 'are you there, Ada?')} heard the host`)
  await room.say('the host', 'goodbye')
}
