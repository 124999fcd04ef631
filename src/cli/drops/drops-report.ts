import type { DropCause } from '../../bridge/drops/drop.ts';
import type { Drop } from '../../bridge/drops/drop.ts';
import type { UnlistedSender } from '../../bridge/drops/unlisted.ts';

/** What was dropped at one port, or of one Private VLAN, for one cause. */
export interface DropLine {
  readonly bridge: string;
  readonly port: string | undefined;
  /** The name of the guest's domain, where it is known. */
  readonly guest: string | undefined;
  readonly pvlan: number | undefined;
  readonly cause: DropCause;
  /** Since the flows are there. */
  readonly packets: number;
  /** As of the time that was looked at. */
  readonly perMinute: number;
}

/** The answer of `drops --json`; schemas/drops.schema.json describes it. */
export interface DropsReport {
  readonly format: 'pvlan-agent/drops/1';
  /** How long was looked for the rates, in milliseconds. */
  readonly windowMs: number;
  readonly drops: readonly DropLine[];
  /** Absent where ovs-vswitchd cannot be asked. */
  readonly unlisted: readonly UnlistedSender[] | undefined;
}

type Counted = Drop & { readonly bridge: string };

/** `after` in lines, with rates by what was counted `before`, `windowMs` ago. `guestOf` gives the name of a port's guest. */
export function dropLines(
  before: readonly Counted[],
  after: readonly Counted[],
  windowMs: number,
  guestOf: (bridge: string, port: string) => string | undefined,
): readonly DropLine[] {
  const earlier = new Map(before.map(({ place, packets }) => [place, packets]));
  const lines = new Map<string, DropLine>();
  const increases = new Map<string, number>();
  for (const { place, bridge, port, pvlan, cause, packets } of after) {
    const key = JSON.stringify([bridge, port, pvlan, cause]);
    const was = earlier.get(place) ?? 0;
    const known = lines.get(key);
    const more = (increases.get(key) ?? 0) + (packets >= was ? packets - was : packets);
    increases.set(key, more);
    const guest = port === undefined ? undefined : guestOf(bridge, port);
    const perMinute = windowMs === 0 ? 0 : Math.round((more / windowMs) * 60_000);
    lines.set(key, { bridge, port, guest, pvlan, cause, packets: (known?.packets ?? 0) + packets, perMinute });
  }
  return [...lines.values()];
}
