import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { defineGuest, GUEST, MACS, migrate, nic, onFile, prepare, virtualport } from './machine.ts';
import { Recorder, writeMoment, type Moment } from './recorder.ts';

/**
 * Records test/fixtures/libvirt/9.0 anew from a real libvirt: `npx tsx test/integration/libvirt/record.ts` as root.
 */
const FIXTURES = join(import.meta.dirname, '../../fixtures/libvirt/9.0');

const STATUS = `state/qemu/${GUEST.name}.xml`;
const says = (moment: Moment, state: string, reason: string): boolean =>
  moment.get(STATUS)?.includes(`<domstatus state='${state}' reason='${reason}'`) === true;
const portsOf = (moment: Moment, mac: string): string[] =>
  [...moment].filter(([path, text]) => path.includes('/ports/') && text.includes(mac)).map(([, text]) => text);

const lab = await Lab.create();
try {
  const source = await lab.host('source');
  const destination = await lab.host('destination');
  await prepare(source);
  await prepare(destination);
  await defineGuest(source);
  const { virsh } = { virsh: source.libvirt.virsh.bind(source.libvirt) };

  const start = new Recorder(source.libvirt);
  await virsh('start', GUEST.name);
  const starting = (moment: Moment): boolean => portsOf(moment, MACS.isolated).length > 0 && !moment.has(STATUS);
  writeMoment(await start.moment('a port before the status', starting), join(FIXTURES, 'starting'));
  const running = await start.moment('a running guest', (moment) => says(moment, 'running', 'booted'));
  writeMoment(running, join(FIXTURES, 'running'));
  start.close();

  const community = `network='ovs' portgroup='community-2102-web'`;
  await onFile(source, 'attach-device', [GUEST.name], nic(MACS.hotplugged, community), '--live');
  const hotplug = new Recorder(source.libvirt);
  writeMoment(hotplug.now, join(FIXTURES, 'hotplugged'));
  await mkdir(join(FIXTURES, 'virsh'), { recursive: true });
  const commands = { dumpxml: ['dumpxml', GUEST.name], inactive: ['dumpxml', '--inactive', GUEST.name] };
  const networks = { 'net-ovs': ['net-dumpxml', 'ovs'], 'net-ovsdef': ['net-dumpxml', 'ovsdef'] };
  for (const [name, command] of Object.entries({ ...commands, ...networks })) {
    await writeFile(join(FIXTURES, 'virsh', `${name}.xml`), `${await virsh(...command)}\n`);
  }

  const id = /interfaceid='([^']+)'/.exec(portsOf(hotplug.now, MACS.isolated)[0] ?? '')?.[1] ?? '';
  const bandwidth = `<bandwidth><inbound average='1000'/></bandwidth>`;
  const changed = nic(MACS.isolated, `network='ovs' portgroup='promisc-2102'`, virtualport(id) + bandwidth);
  await onFile(source, 'update-device', [GUEST.name], changed, '--live');
  const both = await hotplug.moment('two port files', (moment) => portsOf(moment, MACS.isolated).length > 1);
  writeMoment(both, join(FIXTURES, 'updating'));
  const done = (moment: Moment): boolean => moment.get(STATUS)?.includes(`portgroup='promisc-2102'`) === true;
  writeMoment(await hotplug.moment('the new portgroup', done), join(FIXTURES, 'updated'));
  hotplug.close();

  const leaving = new Recorder(source.libvirt);
  const arriving = new Recorder(destination.libvirt);
  await migrate(source, destination);
  const paused = (moment: Moment): boolean => says(moment, 'paused', 'migration');
  writeMoment(await leaving.moment('the source paused', paused), join(FIXTURES, 'migrating-source'));
  writeMoment(await arriving.moment('the destination paused', paused), join(FIXTURES, 'migrating-destination'));
  const migrated = (moment: Moment): boolean => says(moment, 'running', 'migrated');
  writeMoment(await arriving.moment('the guest moved', migrated), join(FIXTURES, 'migrated'));
  await destination.libvirt.virsh('net-destroy', 'ovsdef');
  await until('the live network to go', () => !arriving.now.has('state/network/ovsdef.xml'));
  writeMoment(arriving.now, join(FIXTURES, 'network-stopped'));
  leaving.close();
  arriving.close();
} finally {
  await lab.close();
}
