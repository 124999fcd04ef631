import { setTimeout as delay } from 'node:timers/promises';
import type { Site, World } from './world.ts';

/** Something that goes wrong on one host. */
export interface Fault {
  readonly name: string;
  /** The agent's flows are gone for a while. */
  readonly flowless?: true;
  /** ovs-vswitchd, the bridge and its ports stay meanwhile, and with them the second lock of guests' ports. */
  readonly keepsLocks?: true;
  /** It takes long: it happens once while the others happen three times. */
  readonly rare?: true;
  /** The agent is killed: it does not happen on the host whose agent lives as long as the run. */
  readonly endsAgent?: true;
  /**
   * Does it, undoes what does not mend itself, and returns when it was over, in milliseconds of `performance.now()`: from then
   * on everything that permitted traffic needs, but for the agent's work, is there.
   */
  readonly happen: (world: World, site: Site) => Promise<number>;
}

/** Flows that bear the agent's cookie, as `ovs-ofctl` takes them. */
export const OURS = 'cookie=0x7076000000000000/0xffff000000000000';

/** How long something is dead or stopped, in milliseconds. This is the fault itself and not a wait for anything. */
export function pause(world: World, most = 400): Promise<void> {
  return delay(world.random.below(most));
}
