/** Something that was measured, some times. */
export interface Figure {
  readonly benchmark: string;
  /** Guests' ports on the bridge; undefined where it does not depend on them. */
  readonly ports: number | undefined;
  readonly what: string;
  /** Whose figure it is: the agent's, or that of what it is compared with. */
  readonly of: string;
  readonly unit: 'ms' | '%' | 'MiB' | 'MB/s' | '1/s' | 'number' | 'times';
  readonly times: number;
  readonly p50: number;
  /** Undefined for what was measured once. */
  readonly p99: number | undefined;
}

/** What was to be reached, and whether it was. */
export interface Goal {
  readonly benchmark: string;
  readonly ports: number | undefined;
  readonly goal: string;
  readonly measured: string;
  /** Undefined where what it needs is not installed, or was not measured. */
  readonly isMet: boolean | undefined;
}

/** How `what` of `of` grows from the smallest number of ports to the largest: cost ~ ports ^ exponent. */
export interface Growth {
  readonly benchmark: string;
  readonly what: string;
  readonly of: string;
  readonly from: number;
  readonly to: number;
  readonly exponent: number;
}

/** The growth of every figure that was measured at several sizes; what is close to nothing at the smallest has none. */
export function growths(figures: readonly Figure[]): Growth[] {
  const series = new Map<string, Figure[]>();
  for (const figure of figures) {
    if (figure.ports === undefined || figure.unit === 'times') continue;
    const name = JSON.stringify([figure.benchmark, figure.what, figure.of]);
    series.set(name, [...(series.get(name) ?? []), figure]);
  }
  return [...series.values()].flatMap((sizes) => {
    const [first, ...others] = [...sizes].sort((one, other) => (one.ports ?? 0) - (other.ports ?? 0));
    const last = others.at(-1);
    if (first?.ports === undefined || last?.ports === undefined || !(first.p50 > 0) || !(last.p50 > 0)) return [];
    const exponent = Math.log(last.p50 / first.p50) / Math.log(last.ports / first.ports);
    const { benchmark, what, of } = first;
    return [{ benchmark, what, of, from: first.ports, to: last.ports, exponent }];
  });
}
