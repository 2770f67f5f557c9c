import { printable } from './output.ts'

/** What is told of one moment, under one name. */
export interface Metric {
  /** With its unit; that of a counter ends in `_total`. */
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly samples: readonly Sample[]
}

export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>
  /** NaN where there is nothing to tell. */
  readonly value: number
}

/** Longer values of labels are cut. */
const maxLabel = 128

/**
 * Lines of the text format of Prometheus, 0.0.4, one line each whatever is in the labels. Metrics without samples are left out,
 * and the values of samples whose labels read alike are added: what reads it refuses all of it for two alike.
 */
export function exposition(metrics: readonly Metric[]): string[] {
  return metrics.flatMap(({ name, type, help, samples }) => {
    const values = new Map<string, number>()
    for (const { labels, value } of samples) {
      const text = labelsOf(labels)
      values.set(text, (values.get(text) ?? 0) + value)
    }
    const lines = Array.from(values, ([labels, value]) => `${name}${labels} ${numberOf(value)}`)
    return lines.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines]
  })
}

function labelsOf(labels: Sample['labels']): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`
}

/** What a terminal would obey is shown as text; then the format has its three escapes. */
function escaped(value: string | number): string {
  const whole = String(value)
  const text = whole.length > maxLabel ? `${whole.slice(0, maxLabel - 1)}…` : whole
  return printable(text.replaceAll(/\p{Cs}/gu, '\ufffd'))
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
}

function numberOf(value: number): string {
  return Number.isFinite(value) || Number.isNaN(value) ? String(value) : `${value < 0 ? '-' : '+'}Inf`
}
