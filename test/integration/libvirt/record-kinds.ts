import { join } from 'node:path';
import { Lab } from '../../lab/lab.ts';
import { onFile, prepare } from './machine.ts';
import { Recorder, writeMoment } from './recorder.ts';

/**
 * Records test/fixtures/libvirt/9.0/kinds anew from a real libvirt: `npx tsx test/integration/libvirt/record-kinds.ts` as root.
 * Interfaces that libvirt does not plug into Open vSwitch: one of a running guest, and some that can only be defined here.
 */
const FIXTURE = join(import.meta.dirname, '../../fixtures/libvirt/9.0/kinds');

const domain = (name: string, number: number, devices: string): string => `<domain type='qemu'>
  <name>${name}</name>
  <uuid>11111111-2222-4333-8444-5555555555${number}</uuid>
  <memory unit='MiB'>32</memory>
  <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    ${devices}
    <memballoon model='none'/>
  </devices>
</domain>`;

const interfaceXml = (type: string, mac: string, inner: string): string =>
  `<interface type='${type}'><mac address='${mac}'/>${inner}<model type='virtio'/></interface>`;
const ETHERNET = interfaceXml('ethernet', '52:54:00:00:77:12', `<target dev='eth-tap'/><rom enabled='no'/>`);
const VHOSTUSER = interfaceXml(
  'vhostuser',
  '52:54:00:00:77:11',
  `<source type='unix' path='/run/vhost/nic1.sock' mode='server'/>`,
);
const HOSTDEV = `<interface type='hostdev' managed='yes'><mac address='52:54:00:00:77:13'/>
  <source><address type='pci' domain='0x0000' bus='0x03' slot='0x10' function='0x0'/></source></interface>`;

const lab = await Lab.create();
try {
  const host = await lab.host('here');
  await prepare(host);
  await onFile(host, 'define', [], domain('tap', 71, ETHERNET));
  await onFile(host, 'define', [], domain('others', 72, `${VHOSTUSER}${HOSTDEV}`));
  await host.libvirt.virsh('start', '--paused', 'tap');
  const recorder = new Recorder(host.libvirt);
  writeMoment(recorder.now, FIXTURE);
  recorder.close();
} finally {
  await lab.close();
}
