import { nearest } from '../base/nearest.ts';
import type { Uuid } from '../ovsdb/value.ts';
import type { BridgeRow, PortRow } from '../vswitch/rows.generated.ts';

/** A bridge that the configuration names and the host does not have. */
export interface MissingBridge {
  readonly bridge: string;
  readonly message: string;
  readonly remedy: string;
}

interface BridgeTables {
  readonly bridges: ReadonlyMap<Uuid, BridgeRow>;
  readonly ports: ReadonlyMap<Uuid, PortRow>;
}

/** Which of the bridges `named` in the configuration are not among the host's rows; none where it names none. */
export function missingBridges(named: readonly string[] = [], tables: BridgeTables): readonly MissingBridge[] {
  const existing = Array.from(tables.bridges.values(), ({ name }) => name);
  return named
    .filter((bridge) => !existing.includes(bridge))
    .map((bridge) => {
      const parent = parentOf(bridge, tables);
      return parent === undefined ? unknown(bridge, named, existing) : fake(bridge, parent, named);
    });
}

function unknown(bridge: string, named: readonly string[], existing: readonly string[]): MissingBridge {
  const guess = nearest(
    bridge,
    existing.filter((other) => !named.includes(other)),
  );
  const hint = guess === undefined ? '' : ` (did you mean '${guess}'?)`;
  return {
    bridge,
    message:
      `'bridges' in the configuration names it, and this host has no such bridge${hint}; ` +
      'no port is isolated on the strength of this name',
    remedy: `correct the name, or make the bridge with 'ovs-vsctl add-br ${bridge}'`,
  };
}

/** `ovs-vsctl add-br` would refuse: to it the bridge is there. */
function fake(bridge: string, parent: string, named: readonly string[]): MissingBridge {
  return {
    bridge,
    message:
      `'bridges' in the configuration names it, and it is a fake bridge, a VLAN of bridge '${parent}'; ` +
      'no port is isolated on the strength of this name',
    remedy: named.includes(parent)
      ? `take it out of 'bridges': its ports are those of '${parent}', which is named there`
      : `name '${parent}' in its place: the ports of both are its ports`,
  };
}

/** The bridge of which `name` is a fake one, as ovs-vsctl(8) tells: a port of that name with `fake_bridge` and a tag. */
function parentOf(name: string, { bridges, ports }: BridgeTables): string | undefined {
  const port = [...ports.values()].find((row) => row.name === name && row.fake_bridge && row.tag !== undefined);
  if (port === undefined) return undefined;
  return [...bridges.values()].find((row) => row.ports.includes(port._uuid))?.name;
}
