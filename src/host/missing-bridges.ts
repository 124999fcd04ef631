import { nearest } from '../base/nearest.ts';
import type { Uuid } from '../ovsdb/value.ts';
import type { BridgeRow } from '../vswitch/rows.generated.ts';

/** A bridge that the configuration names and the host does not have. */
export interface MissingBridge {
  readonly bridge: string;
  readonly message: string;
  readonly remedy: string;
}

/** Which of the bridges `named` in the configuration are not among the host's rows; none where it names none. */
export function missingBridges(
  named: readonly string[] | undefined,
  bridges: ReadonlyMap<Uuid, BridgeRow>,
): readonly MissingBridge[] {
  const existing = Array.from(bridges.values(), ({ name }) => name);
  return (named ?? [])
    .filter((bridge) => !existing.includes(bridge))
    .map((bridge) => {
      const guess = nearest(
        bridge,
        existing.filter((other) => named?.includes(other) !== true),
      );
      const hint = guess === undefined ? '' : ` (did you mean '${guess}'?)`;
      return {
        bridge,
        message:
          `'bridges' in the configuration names it, and this host has no such bridge${hint}; ` +
          'no port is isolated on the strength of this name',
        remedy: `correct the name, or make the bridge with 'ovs-vsctl add-br ${bridge}'`,
      };
    });
}
