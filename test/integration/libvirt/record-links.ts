import { join } from 'node:path';
import { Lab } from '../../lab/lab.ts';
import { defineGuest, GUEST, MACS, prepare } from './machine.ts';
import { Recorder, writeMoment } from './recorder.ts';

/**
 * Records test/fixtures/libvirt/<version>/linked anew from a real libvirt that has this command for Open vSwitch ports: `npx tsx
 * test/integration/libvirt/record-links.ts` as root. The running guest after `virsh domif-setlink` of two of its NICs.
 */
const lab = await Lab.create();
try {
  const host = await lab.host('here');
  const libvirt = await prepare(host);
  await defineGuest(host);
  await libvirt.virsh('start', GUEST.name);
  for (const mac of [MACS.isolated, MACS.parked]) {
    for (const state of ['down', 'up']) await libvirt.virsh('domif-setlink', GUEST.name, mac, state);
  }
  const [, version = 'unknown'] = /libvirt (\d+\.\d+)/.exec(await libvirt.virsh('version')) ?? [];
  const recorder = new Recorder(libvirt);
  writeMoment(recorder.now, join(import.meta.dirname, '../../fixtures/libvirt', version, 'linked'));
  recorder.close();
} finally {
  await lab.close();
}
