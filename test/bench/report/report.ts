import Table from 'cli-table3';
import { describe, type Environment } from './environment.ts';
import { growths, type Figure, type Goal } from './figure.ts';
import { percentile } from '../statistics.ts';

/** A report as it is written to a file. */
export interface Written {
  readonly environment: Environment;
  readonly figures: readonly Figure[];
  readonly goals: readonly Goal[];
}

/** Where something belongs: a benchmark, and its number of ports. */
export interface Place {
  readonly benchmark: string;
  readonly ports?: number;
}

/** Collects what benchmarks measure, and prints it. */
export class Report {
  readonly #environment: Environment;
  readonly #figures: Figure[] = [];
  readonly #goals: Goal[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Notes measured values; returns their percentiles. None is NaN. */
  note(
    { benchmark, ports }: Place,
    of: string,
    what: string,
    values: readonly number[] | number,
    unit: Figure['unit'] = 'ms',
  ): { readonly p50: number; readonly p99: number } {
    const list = typeof values === 'number' ? [values] : values;
    const [p50, p99] = [percentile(list, 50), percentile(list, 99)];
    this.#figures.push({
      ...{ benchmark, ports, what, of, unit, times: list.length, p50 },
      p99: list.length > 1 ? p99 : undefined,
    });
    return { p50, p99 };
  }

  /** Notes how many times `other` is `one`, and whether that is within the goal `atMost` (or `atLeast`). */
  ratio(
    place: Place,
    goal: string,
    one: number,
    other: number,
    bound: { readonly atMost: number } | { readonly atLeast: number },
  ): void {
    const ratio = one / other;
    const known = Number.isFinite(ratio);
    const isMet = 'atMost' in bound ? ratio <= bound.atMost : ratio >= bound.atLeast;
    const measured = known ? `${digits(ratio)} (${digits(one)} to ${digits(other)})` : 'not measured';
    this.goal(place, goal, measured, known ? isMet : undefined);
  }

  /** Notes a value that is to be at most `atMost`. */
  limit(place: Place, goal: string, value: number, atMost: number, unit: Figure['unit'] = 'ms'): void {
    const known = Number.isFinite(value);
    this.goal(place, goal, known ? `${digits(value)} ${unit}` : 'not measured', known ? value <= atMost : undefined);
  }

  goal({ benchmark, ports }: Place, goal: string, measured: string, isMet: boolean | undefined): void {
    this.#goals.push({ benchmark, ports, goal, measured, isMet });
  }

  get written(): Written {
    return { environment: this.#environment, figures: this.#figures, goals: this.#goals };
  }

  /** Figures of one benchmark, as a table. */
  figuresText(benchmark: string): string {
    const table = new Table({ head: ['ports', 'measured', 'of', 'times', 'p50', 'p99', 'unit'], style });
    for (const figure of this.#figures.filter((one) => one.benchmark === benchmark)) {
      const { ports, what, of, times, p50, p99, unit } = figure;
      table.push([ports ?? '', what, of, times, digits(p50), p99 === undefined ? '' : digits(p99), unit]);
    }
    return table.toString();
  }

  /** How figures grow, the goals, and where all of that was measured. */
  summary(): string {
    const parts: string[] = [];
    const grown = growths(this.#figures);
    if (grown.length > 0) {
      const table = new Table({ head: ['benchmark', 'measured', 'of', 'from ports', 'to', 'exponent'], style });
      for (const { benchmark, what, of, from, to, exponent } of grown)
        table.push([benchmark, what, of, from, to, exponent.toFixed(2)]);
      parts.push(table.toString());
    }
    if (this.#goals.length > 0) {
      const table = new Table({ head: ['benchmark', 'ports', 'goal', 'measured', ''], style });
      for (const { benchmark, ports, goal, measured, isMet } of this.#goals)
        table.push([benchmark, ports ?? '', goal, measured, verdict(isMet)]);
      parts.push(table.toString());
    }
    return [...parts, describe(this.#environment)].join('\n');
  }
}

export const style = { head: [], border: [], compact: true };

export function verdict(isMet: boolean | undefined): string {
  return isMet === undefined ? '-' : isMet ? 'met' : 'not met';
}

/** Three digits that count. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const magnitude = Math.abs(value);
  return value.toFixed(magnitude >= 100 || value === 0 ? 0 : magnitude >= 10 ? 1 : 2);
}
