import type { Histogram } from '../base/histogram.ts';
import { METRICS, type MetricKind, type MetricName } from './catalogue.ts';

export type Labels = Readonly<Record<string, string>>;

/** One value of one metric; a histogram for those that are. */
export interface Sample {
  readonly name: MetricName;
  readonly labels: Labels;
  readonly value: number | Histogram;
}

/** The media type of what {@link exposition} gives. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Writes samples in Prometheus' text format 0.0.4: metric by metric, each with its help and type. */
export function exposition(samples: Iterable<Sample>): string {
  const byName = new Map<MetricName, Sample[]>();
  for (const sample of samples) {
    const known = byName.get(sample.name);
    if (known === undefined) byName.set(sample.name, [sample]);
    else known.push(sample);
  }
  const lines: string[] = [];
  for (const [name, own] of byName) {
    const kind: MetricKind = METRICS[name];
    lines.push(`# HELP ${name} ${kind.help.replaceAll('\\', '\\\\')}`, `# TYPE ${name} ${kind.type}`);
    for (const { labels, value } of own) {
      if (typeof value === 'number') lines.push(`${name}${labelText(labels)} ${value}`);
      else lines.push(...histogramLines(name, labels, value));
    }
  }
  return `${lines.join('\n')}\n`;
}

function histogramLines(name: string, labels: Labels, { bounds, cumulative, sum, count }: Histogram): string[] {
  const bucket = (le: string, value: number): string => `${name}_bucket${labelText({ ...labels, le })} ${value}`;
  return [
    ...bounds.map((bound, index) => bucket(String(bound), cumulative[index] ?? 0)),
    bucket('+Inf', count),
    `${name}_sum${labelText(labels)} ${sum}`,
    `${name}_count${labelText(labels)} ${count}`,
  ];
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
