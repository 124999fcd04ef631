import type { DropTotal, PortDropTotal } from '../bridge/drops/drop-book.ts';
import type { DropCause } from '../bridge/drops/drop.ts';

/** What was dropped, as of the last look at the flows' counters. */
export interface DropReport {
  /** When the counters were read last (ISO 8601); undefined before the first time. */
  readonly at: string | undefined;
  /** Rates are known: the counters of every bridge were read twice at some distance. */
  readonly ratesKnown: boolean;
  /** By bridge, Private VLAN and cause, in frames since the flows are there; they never fall while the agent runs. */
  readonly totals: readonly (DropTotal & { readonly bridge: string })[];
  /** The same by port, of those that are there and have dropped something, with frames a minute. */
  readonly ports: readonly (PortDropTotal & { readonly bridge: string })[];
}

/** Frames a minute, and for which causes, most first. */
export interface DropRate {
  readonly perMinute: number;
  readonly causes: readonly (readonly [cause: DropCause, perMinute: number])[];
}

/**
 * The column DROPS/min of one port: frames a minute over the last minute or so, 0 where nothing is dropped, undefined (`-`) where it is
 * not known. `report` is the `drops` of the agent's status; it is renewed about once a minute by itself.
 */
export function dropsOfPort(report: DropReport | undefined, bridge: string, port: string): DropRate | undefined {
  return rateOf(report, (one) => one.bridge === bridge && one.port === port);
}

/** The same of all ports of one Private VLAN, on every bridge of the host. */
export function dropsOfPvlan(report: DropReport | undefined, pvlan: number): DropRate | undefined {
  return rateOf(report, (one) => one.pvlan === pvlan);
}

function rateOf(
  report: DropReport | undefined,
  has: (one: DropReport['ports'][number]) => boolean,
): DropRate | undefined {
  if (report?.ratesKnown !== true) return undefined;
  const causes = new Map<DropCause, number>();
  for (const one of report.ports) {
    if (!has(one)) continue;
    const perMinute = one.perMinute ?? 0;
    if (perMinute > 0) causes.set(one.cause, (causes.get(one.cause) ?? 0) + perMinute);
  }
  const sorted = [...causes].sort(([, a], [, b]) => b - a);
  return { perMinute: sorted.reduce((sum, [, rate]) => sum + rate, 0), causes: sorted };
}
