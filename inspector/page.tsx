import { render } from 'preact'
import { App } from './app.tsx'
import { Link } from './link.ts'
import { takeToken } from './route.ts'

const link: Link = new Link(takeToken(), draw)

function draw(): void {
  const place = document.getElementById('page')
  if (place !== null) render(<App link={link} />, place)
}

addEventListener('hashchange', draw)
draw()
link.open()
