import { attach } from 'referent/browser'

/** @param {string} id */
const element = (id) => document.getElementById(id) ?? document.body

/** @type {{ counter: string, chat: string }} */
const references = await (await fetch('/references')).json()
const counter = await attach(references.counter)
const chat = await attach(references.chat)

const name = new URLSearchParams(location.search).get('name') ?? `visitor ${Math.ceil(Math.random() * 1000)}`
// The chat calls this function, as long as the page has the seat.
const seat = await chat.join(name, (line) => {
  element('lines').append(Object.assign(document.createElement('li'), { textContent: line }))
})

element('increment').addEventListener('click', () => void show(counter.increment(1)))
element('form').addEventListener('submit', (event) => {
  event.preventDefault()
  const text = /** @type {HTMLInputElement} */ (element('text'))
  void show(seat.say(text.value))
  text.value = ''
})
void show(watch())

/** Shows each count that the server tells, until the page goes. */
async function watch() {
  for await (const count of counter.watch()) element('count').textContent = String(count)
}

/** Shows what went wrong, if anything. */
async function show(done) {
  try {
    await done
  } catch (error) {
    element('problem').textContent = String(error)
  }
}
