/** What the page shows, as the fragment of its address says: `#/referents`, `#/referents?find=door`. */
export interface Route {
  readonly tab: string
  /** What follows the tab: the id of one object, for instance. */
  readonly item: string | undefined
  readonly find: string
  readonly server: number
}

export function routeOf(fragment: string): Route {
  const [path = '', query = ''] = fragment.replace(/^#/, '').split('?')
  const [, tab = '', item] = path.split('/')
  const search = new URLSearchParams(query)
  const server = Number(search.get('server') ?? '0')
  return {
    tab: tab === '' ? 'overview' : tab,
    item: item === undefined || item === '' ? undefined : decodeURIComponent(item),
    find: search.get('find') ?? '',
    server: Number.isSafeInteger(server) && server >= 0 ? server : 0,
  }
}

export function linkTo(tab: string, { item, find = '', server }: Partial<Omit<Route, 'tab'>> = {}): string {
  const search = new URLSearchParams()
  if (find !== '') search.set('find', find)
  if (server !== undefined && server > 0) search.set('server', String(server))
  const query = search.size === 0 ? '' : `?${search.toString()}`
  return `#/${tab}${item === undefined ? '' : `/${encodeURIComponent(item)}`}${query}`
}

/**
 * Takes the token of a link out of the address, so that neither the bar nor the history has it. Undefined where there is none.
 */
export function takeToken(): string | undefined {
  const found = /^#token=([\w-]{1,200})$/.exec(location.hash)
  if (found !== null) history.replaceState(null, '', '#/')
  return found?.[1]
}
