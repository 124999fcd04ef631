import type { JudgedPort } from '../../desire/desired-bridge.ts';
import { PortConfigBit, type PortConfig, type PortMod } from '../../openflow/port-config.ts';

/** How the ports of a bridge are configured, by number; undefined where that is not known, or cannot be had. */
export type PortConfigs = ReadonlyMap<number, PortConfig> | undefined;

/**
 * What locks a port: nothing is flooded to it. The second bit has no effect in Open vSwitch and says that the lock is the agent's:
 * both are set at once, and go with the process that keeps them, so a lock of somebody else's is never taken for its own.
 */
const LOCK = PortConfigBit.NO_FLOOD | PortConfigBit.NO_STP;

/**
 * The changes that lock the ports which are to be parked and unlock those that are not to be any more. Locking waits for nothing, and
 * unlocking for the flows that end the old role, like a VLAN setting that opens a port. Pure.
 */
export function decideLocks(
  ports: readonly JudgedPort[],
  configs: PortConfigs,
  mayUnlock: boolean,
): readonly PortMod[] {
  if (configs === undefined) return [];
  return ports.flatMap(({ port, verdict }) => {
    const isLocked = verdict.kind === 'guest' || verdict.kind === 'quarantined';
    return port.ofports.flatMap((ofport) => {
      const known = configs.get(ofport);
      if (known === undefined) return [];
      if (isLocked) return (known.config & PortConfigBit.NO_FLOOD) === 0 ? [locked(known)] : [];
      return mayUnlock ? unlocked(known) : [];
    });
  });
}

/** The changes that undo every lock of the agent's. */
export function unlockAll(configs: readonly PortConfig[]): readonly PortMod[] {
  return configs.flatMap(unlocked);
}

/** A configuration after `mod`. */
export function configured(config: PortConfig, { config: set, mask }: PortMod): PortConfig {
  return { ...config, config: (config.config & ~mask) | (set & mask) };
}

function locked({ port, mac }: PortConfig): PortMod {
  return { port, mac, config: LOCK, mask: LOCK };
}

function unlocked({ port, mac, config }: PortConfig): readonly PortMod[] {
  return (config & LOCK) === LOCK ? [{ port, mac, config: 0, mask: LOCK }] : [];
}
