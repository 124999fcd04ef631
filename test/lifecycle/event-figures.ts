import { join } from 'node:path';
import { writeDisk } from '../lab/disk.ts';
import { BOOT } from './birth-kinds.ts';
import { measureBirth } from './births.ts';
import { redefine } from './boot-script.ts';
import { flowsNaming } from './endings.ts';
import { EVENTS } from './events.ts';
import { installHook } from './hook-baseline.ts';
import { HOSTILE, hostileGuest } from './hostile-guest.ts';
import type { Outcome, Stage, UnkindHook } from './outcome.ts';
import { ISOLATED, Scene } from './scene.ts';
import type { Protection } from './scene.ts';
import type { Row } from './table.ts';
import { SENTINEL, Witness } from './witness.ts';

export interface EventFigures {
  readonly rows: readonly Row[];
  readonly unkindHook: UnkindHook;
}

/** Lets every event happen under each protection that it is meant for; `note` is told of each before. */
export async function eventFigures(note: (text: string) => void): Promise<EventFigures> {
  const plain = await under('none', note);
  let unkindHook: UnkindHook | undefined;
  const hook = await under('hook', note, async (stage) => {
    note('hook: start, under a hook that reads interfaces of type network alone');
    unkindHook = await underUnkindHook(stage);
  });
  const agent = await under('agent', note);
  if (unkindHook === undefined) throw new Error('the hook was not asked');
  const rows = EVENTS.map(({ name }) => ({
    event: name,
    plain: plain.get(name) ?? {},
    hook: hook.get(name) ?? {},
    agent: agent.get(name) ?? {},
  }));
  return { rows, unkindHook };
}

async function under(
  protection: Protection,
  note: (text: string) => void,
  last?: (stage: Stage) => Promise<void>,
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const scene = await Scene.create({ protection, promiscuousMacs: [SENTINEL.mac] });
  try {
    const witness = await Witness.in(scene);
    const guest = await hostileGuest(scene, ISOLATED);
    const disk = join(scene.host.folder, 'hostile.qcow2');
    await writeDisk(disk, 1 << 20);
    const device = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${disk}'/><target dev='vda'/></disk>`;
    await redefine(guest, (xml) =>
      xml.replace('<on_reboot>destroy', '<on_reboot>restart').replace('<devices>', `<devices>${device}`),
    );
    const stage = { scene, witness, guest };
    await guest.launch();
    for (const event of EVENTS.filter((one) => one.under.includes(protection))) {
      note(`${protection}: ${event.name}`);
      outcomes.set(event.name, await event.run(stage));
    }
    await last?.(stage);
  } finally {
    await scene.close();
  }
  return outcomes;
}

async function underUnkindHook({ scene, witness, guest }: Stage): Promise<UnkindHook> {
  const { host } = scene;
  await installHook(host, { types: ['network'] });
  const { leaked } = await measureBirth(witness, guest, BOOT, ISOLATED);
  const version = await host.libvirt.virsh('version', '--daemon');
  const libvirt = /daemon: ([\d.]+)/.exec(version)?.[1] ?? 'unknown';
  return { libvirt, flows: await flowsNaming(guest, HOSTILE), leaked };
}
