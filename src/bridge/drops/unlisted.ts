import type { DesiredBridge } from '../../desire/desired-bridge.ts';
import type { DatapathFlow } from '../../vswitch/datapath-flow.ts';

/** A station on another switch that speaks to guests here by name, though it is no router that anybody has told of. */
export interface UnlistedSender {
  readonly pvlan: number;
  readonly mac: string;
  /** Ports by which its frames come. */
  readonly from: readonly string[];
  /** Guests' ports that it speaks to. */
  readonly to: readonly string[];
  /** Frames that none of them heard, of the streams that the datapath knows at present. */
  readonly packets: number;
}

/**
 * Who speaks to guests of `bridges` and is not heard, by what the datapath has seen in the last seconds; most frames first. In single
 * mode that is a router that is missing in the list, or a station that has no business with guests here.
 */
export function unlistedSenders(
  bridges: Iterable<DesiredBridge>,
  flows: readonly DatapathFlow[],
): readonly UnlistedSender[] {
  const found = new Map<string, { -readonly [key in keyof UnlistedSender]: UnlistedSender[key] }>();
  for (const { ports, primaries } of bridges) {
    for (const { primary, wire, promiscuousMacs } of primaries) {
      if (wire.kind !== 'single') continue;
      const known = new Set<string>(promiscuousMacs);
      const guests = new Map<string, string>();
      for (const { port, verdict } of ports) {
        if (verdict.kind !== 'guest' || verdict.role.primary !== primary) continue;
        for (const mac of [verdict.mac, ...verdict.extraMacs]) guests.set(mac, port.name);
      }
      for (const { inPort, src, dst, vid, packets } of flows) {
        const to = guests.get(dst);
        if (to === undefined || known.has(src) || guests.has(src) || (vid !== undefined && vid !== primary)) continue;
        const key = `${primary} ${src}`;
        const before = found.get(key) ?? { pvlan: primary, mac: src, from: [], to: [], packets: 0 };
        found.set(key, {
          ...before,
          from: [...new Set([...before.from, inPort])],
          to: [...new Set([...before.to, to])],
          packets: before.packets + packets,
        });
      }
    }
  }
  return [...found.values()].sort((a, b) => b.packets - a.packets);
}

/** The line of the configuration by which every host believes the sender. */
export function believing({ pvlan, mac }: Pick<UnlistedSender, 'pvlan' | 'mac'>): string {
  return `pvlans: [{ primary: ${pvlan}, promiscuousMacs: ['${mac}'] }]`;
}
