import { AUTOSTART, BOOT, HOTPLUG, RENAME, RESTORE, REVERT } from './birth-kinds.ts';
import type { BirthKind } from './birth-kinds.ts';
import { measureBirth } from './births.ts';
import { addressesListed, defaultChanged, movedIn } from './changes.ts';
import * as disturbance from './disturbances.ts';
import { crashed, destroyed, unplugged } from './endings.ts';
import type { Outcome, Stage } from './outcome.ts';
import { BORN_PARKED, ISOLATED } from './scene.ts';
import type { Protection } from './scene.ts';

export interface LifecycleEvent {
  readonly name: string;
  /** Under what it is run. */
  readonly under: readonly Protection[];
  readonly run: (stage: Stage) => Promise<Outcome>;
}

const BOTH: readonly Protection[] = ['hook', 'agent'];
/** The hook knows nothing of parking, and has no process that could be restarted. */
const AGENT: readonly Protection[] = ['agent'];
/** The guest and its router exchange frames meanwhile: what is lost is worth a comparison with a plain switch. */
const ALL: readonly Protection[] = ['none', 'hook', 'agent'];

function birth(name: string, kind: BirthKind): LifecycleEvent {
  return { name, under: BOTH, run: ({ witness, guest }) => measureBirth(witness, guest, kind, ISOLATED) };
}

function birthParked(name: string, kind: BirthKind): LifecycleEvent {
  return { name, under: AGENT, run: ({ witness, guest }) => measureBirth(witness, guest, kind, BORN_PARKED) };
}

function busy(name: string, act: (stage: Stage) => Promise<void>, under = ALL): LifecycleEvent {
  return { name, under, run: (stage) => disturbance.during(stage, act) };
}

/** In the order in which they are run: the guest runs after each. */
export const EVENTS: readonly LifecycleEvent[] = [
  birthParked('start, born parked', BOOT),
  birthParked('NIC plugged while it runs, born parked', HOTPLUG),
  birth('start', BOOT),
  birth('NIC plugged while it runs', HOTPLUG),
  { name: 'that NIC unplugged', under: BOTH, run: unplugged },
  { name: 'NIC moved into the portgroup', under: BOTH, run: movedIn },
  { name: 'portgroup made the default', under: BOTH, run: defaultChanged },
  { name: 'addresses listed in the metadata', under: AGENT, run: addressesListed },
  busy('suspend and resume', disturbance.suspended),
  busy('link down and up', disturbance.linkDownAndUp),
  busy('reboot', disturbance.rebooted),
  busy('restart of libvirtd', disturbance.libvirtdKilled),
  birth('managed save and start', RESTORE),
  birth('revert to a snapshot', REVERT),
  birth('autostart by a new libvirtd', AUTOSTART),
  birth('start under another name', RENAME),
  { name: 'stop', under: BOTH, run: destroyed },
  { name: 'crash of QEMU', under: BOTH, run: crashed },
  busy('crash of ovs-vswitchd', disturbance.vswitchdKilled),
  busy('restart of the agent', disturbance.agentRestarted, AGENT),
  { name: 'crash of the agent', under: AGENT, run: disturbance.agentKilled },
];
