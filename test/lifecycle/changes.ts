import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GUEST_NAMESPACE } from '../../src/observe/guest-metadata.ts';
import type { Guest } from '../lab/guest.ts';
import type { Host } from '../lab/host.ts';
import { nicXml } from '../lab/libvirt-xml.ts';
import { until } from '../lab/until.ts';
import { ADDRESS, HOSTILE, HOTPLUGGED } from './hostile-guest.ts';
import { hasPort, portOf, sentBy, sends } from './newborn.ts';
import type { Outcome, Stage } from './outcome.ts';
import { ISOLATED, NETWORK } from './scene.ts';
import { Timeline } from './timeline.ts';

/** The interface's id by which libvirt knows the NIC again in an update. */
const NIC_ID = '8a1c7e0e-4a0b-4a51-9e57-0123456789ab';

/** Milliseconds until flows have to follow; no more than that is waited for where they never do. */
const PATIENCE = 3000;

/** A NIC outside of every Private VLAN becomes isolated by an update; libvirt asks for another change with it. */
export async function movedIn(stage: Stage): Promise<Outcome> {
  const nic = (portgroup: string): string =>
    nicXml({ network: NETWORK, portgroup, mac: HOTPLUGGED, interfaceId: NIC_ID });
  const bandwidth = "<bandwidth><inbound average='100000'/></bandwidth>";
  const update = nic(ISOLATED).replace('</interface>', `${bandwidth}</interface>`);
  return whilePlugged(stage, nic('plain'), () => stage.guest.updateNic(update), domainFile(stage.guest));
}

/** A NIC that names no portgroup becomes isolated when its network gets a default one. */
export async function defaultChanged(stage: Stage): Promise<Outcome> {
  const { libvirt } = stage.guest.host;
  const setDefault = async (attribute: string): Promise<void> => {
    const xml = `<portgroup name='${ISOLATED}'${attribute}/>`;
    await libvirt.virsh('net-update', NETWORK, 'modify', 'portgroup', xml, '--live');
  };
  const file = join(libvirt.stateDir, 'network', `${NETWORK}.xml`);
  const nic = nicXml({ network: NETWORK, mac: HOTPLUGGED });
  const outcome = await whilePlugged(stage, nic, () => setDefault(" default='yes'"), file);
  await setDefault('');
  return outcome;
}

/** The addresses that the guest may use are listed while it runs. */
export async function addressesListed({ guest }: Stage): Promise<Outcome> {
  const { libvirt } = guest.host;
  const metadata = async (...args: string[]): Promise<void> => {
    await libvirt.virsh('metadata', guest.name, GUEST_NAMESPACE, '--live', ...args);
  };
  const xml = `<guest><nic mac='${HOSTILE}'><address>${ADDRESS}</address></nic></guest>`;
  const list = (): Promise<void> => metadata('--key', 'pvlan', '--set', xml);
  const followed = await follows(
    guest.host,
    list,
    domainFile(guest),
    new RegExp(`event=ADDED.*(nw_src|arp_spa)=${ADDRESS}\\b`),
  );
  await metadata('--remove');
  return { followed };
}

function domainFile({ host, name }: Guest): string {
  return join(host.libvirt.stateDir, 'qemu', `${name}.xml`);
}

/** Has the guest use a NIC that `change` makes isolated, and counts what leaks from when `change` is done. */
async function whilePlugged(
  { witness, guest }: Stage,
  nic: string,
  change: () => Promise<void>,
  file: string,
): Promise<Outcome> {
  const { host } = guest;
  await guest.attachNic(nic);
  const port = await portOf(host, HOTPLUGGED);
  await sends(host, port, 20);
  const ofport = await host.vsctl('get', 'Interface', port, 'ofport');
  const followed = await follows(host, change, file, new RegExp(`event=ADDED.*in_port=${ofport}\\b`));
  const before = await witness.heard(HOTPLUGGED);
  await sends(host, port, (await sentBy(host, port)) + 100);
  const leaked = (await witness.heard(HOTPLUGGED)) - before;
  await guest.detachNic(nic);
  await until('the NIC to be gone', async () => !(await hasPort(host, HOTPLUGGED)));
  return { leaked, followed };
}

/** Milliseconds from when libvirt wrote `file` anew to the first flow that matches; undefined when none came. */
async function follows(
  host: Host,
  change: () => Promise<void>,
  file: string,
  flow: RegExp,
): Promise<number | undefined> {
  const timeline = await Timeline.of(host);
  try {
    const begin = performance.now();
    await change();
    const written = (await stat(file)).mtimeMs - performance.timeOrigin;
    const first = (): number | undefined => timeline.firstOf(flow, begin);
    const at = await until('flows to follow', first, { timeout: PATIENCE }).catch(() => undefined);
    return at === undefined ? undefined : Math.max(0, at - written);
  } finally {
    await timeline.close();
  }
}
