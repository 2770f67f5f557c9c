import assert from 'node:assert/strict'

export interface ReadMetric {
  readonly type: string
  readonly help: string
  readonly samples: { readonly labels: Record<string, string>; readonly value: number }[]
}

const name = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const label = String.raw`([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"`
const sampleLine = new RegExp(String.raw`^(${name})\{((?:${label},?)*)\} (\S+)$`, 'u')

/**
 * Reads the text format 0.0.4 as strictly as Prometheus does: the type and help of a metric once, before its samples, which are
 * together and differ; nothing but its three escapes in labels; and a new line at the end.
 */
export function read(text: string): Map<string, ReadMetric> {
  assert.ok(text.endsWith('\n'))
  const metrics = new Map<string, ReadMetric>()
  const seen = new Set<string>()
  let current: readonly [string, ReadMetric] | undefined
  for (const line of text.slice(0, -1).split('\n')) {
    const [, described, words] = new RegExp(`^# HELP (${name}) (.*)$`).exec(line) ?? []
    const [, typed, type] = new RegExp(`^# TYPE (${name}) (counter|gauge)$`).exec(line) ?? []
    if (described !== undefined) {
      assert.ok(!metrics.has(described), `${described} is there twice`)
      current = [described, { type: '', help: words ?? '', samples: [] }]
    } else if (typed !== undefined) {
      assert.ok(current?.[0] === typed, `the type of ${typed} stands alone`)
      current = [typed, { ...current[1], type: type ?? '' }]
      metrics.set(...current)
    } else {
      const [, of, labels = '', ...rest] = sampleLine.exec(line) ?? assert.fail(`no line of the format: ${line}`)
      assert.ok(of === current?.[0] && !seen.has(`${of}{${labels}}`), `${line} is in the wrong place or there twice`)
      seen.add(`${of}{${labels}}`)
      current?.[1].samples.push({ labels: labelsOf(labels), value: numberOf(rest.at(-1) ?? '') })
    }
  }
  return metrics
}

function labelsOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(new RegExp(label, 'gu'))].map(([, key = '', value = '']) => {
    return [key, value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))] as const
  })
  const labels = Object.fromEntries(pairs)
  assert.equal(Object.keys(labels).length, pairs.length)
  return labels
}

function numberOf(text: string): number {
  if (text === 'NaN') return NaN
  const value = Number(text.replace('Inf', 'Infinity'))
  assert.ok(!Number.isNaN(value) && text !== 'Infinity', text)
  return value
}
