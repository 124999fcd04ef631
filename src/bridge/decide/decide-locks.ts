import type { Derivation } from '../../base/derivation.ts';
import { Dict } from '../../base/dict.ts';
import type { JudgedPort } from '../../desire/desired-bridge.ts';
import { PortConfigBit, type PortConfig, type PortMod } from '../../openflow/port-config.ts';

/** How the ports of a bridge are configured, by number; undefined where that is not known, or cannot be had. */
export type PortConfigs = Dict<string, PortConfig> | undefined;

/**
 * What locks a port: nothing is flooded to it. The second bit has no effect in Open vSwitch and says that the lock is the agent's:
 * both are set at once, and go with the process that keeps them, so a lock of somebody else's is never taken for its own.
 */
const LOCK = PortConfigBit.NO_FLOOD | PortConfigBit.NO_STP;

/**
 * The changes that lock the ports which are to be parked and unlock those that are not to be any more. Locking waits for nothing, and
 * unlocking for the flows that end the old role, like a VLAN setting that opens a port.
 */
export function decideLocks(
  now: Derivation,
  byPort: Dict<string, JudgedPort>,
  configs: PortConfigs,
  mayUnlock: boolean,
): readonly PortMod[] {
  const known = configs ?? Dict.empty<string, PortConfig>();
  const byNumber = now.group('ports by number', byPort, ({ port }) => port.ofports.map(String));
  const locks = now.each('locks', [byNumber, known], [], (_, owners, config): Lock | undefined => {
    if (owners === undefined || config === undefined) return undefined;
    const isLocked = [...owners.values()].some(({ verdict: { kind } }) => kind === 'guest' || kind === 'quarantined');
    const mods = isLocked ? lock(config) : unlocked(config);
    return mods.length === 0 ? undefined : { mods, isLocked };
  });
  return [...locks.values()].filter(({ isLocked }) => isLocked || mayUnlock).flatMap(({ mods }) => mods);
}

interface Lock {
  readonly mods: readonly PortMod[];
  /** The port is to be locked, as opposed to unlocked. */
  readonly isLocked: boolean;
}

/** The changes that undo every lock of the agent's. */
export function unlockAll(configs: readonly PortConfig[]): readonly PortMod[] {
  return configs.flatMap(unlocked);
}

/** A configuration after `mod`. */
export function configured(config: PortConfig, { config: set, mask }: PortMod): PortConfig {
  return { ...config, config: (config.config & ~mask) | (set & mask) };
}

function lock({ port, mac, config }: PortConfig): readonly PortMod[] {
  return (config & PortConfigBit.NO_FLOOD) === 0 ? [{ port, mac, config: LOCK, mask: LOCK }] : [];
}

function unlocked({ port, mac, config }: PortConfig): readonly PortMod[] {
  return (config & LOCK) === LOCK ? [{ port, mac, config: 0, mask: LOCK }] : [];
}
