import type { BridgeRow } from '../vswitch/rows.generated.ts';

/** VLANs by bridge in which nothing is learned (`flood_vlans` in ovs-vswitchd.conf.db(5)). */
export type FloodVlans = ReadonlyMap<string, readonly number[]>;

export function floodVlansOf(rows: Iterable<BridgeRow>): FloodVlans {
  return new Map(Array.from(rows, ({ name, flood_vlans }) => [name, flood_vlans]));
}
