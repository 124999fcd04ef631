import { join } from 'node:path';
import { expect } from 'chai';
import { writeDisk } from '../../lab/disk.ts';
import type { Libvirt } from '../../lab/libvirt-host.ts';
import { until } from '../../lab/until.ts';
import { Hypervisor } from './hypervisor.ts';
import { allFlows, marks } from './ports.ts';
import { ADDRESS, ALICE, Suspect } from './suspect.ts';

/**
 * libvirt 9.0 reverts to internal snapshots, which keep the guest's memory in its qcow2 disk; to external ones it does not
 * (`revert to external snapshot not supported yet`). Each revert is a new QEMU and a new port.
 */
describe('a hostile guest, isolated, that goes back to what it was', function () {
  this.timeout(60_000);
  let hypervisor: Hypervisor;
  let libvirt: Libvirt;
  let suspect: Suspect;

  before(async () => {
    hypervisor = await Hypervisor.start();
    libvirt = hypervisor.host.libvirt;
    const file = join(hypervisor.host.folder, 'alice.qcow2');
    await writeDisk(file, 1 << 20);
    const disk = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${file}'/><target dev='vda'/></disk>`;
    suspect = await Suspect.define(hypervisor, { devices: disk });
    await suspect.guest.launch();
    await suspect.isolated();
  });

  after(async () => {
    await hypervisor.close();
  });

  /** Reverts, and returns once what concerned the port of before is gone and she is isolated at her new one. */
  async function revert(...options: string[]): Promise<void> {
    const ofport = await suspect.ofport();
    await libvirt.virsh('snapshot-revert', 'alice', 'first', ...options);
    if (options.includes('--paused')) await libvirt.virsh('resume', 'alice');
    await suspect.isolated();
    expect(await suspect.ofport()).not.to.equal(ofport);
    const flows = async (): Promise<string> => (await allFlows(hypervisor.host)).join('\n');
    await until('the flows of before to be gone', async () => !new RegExp(`in_port=${ofport}\\b`).test(await flows()));
  }

  it('stays isolated while a snapshot is taken of it with its memory', async () => {
    const flows = await allFlows(hypervisor.host);
    await libvirt.virsh('snapshot-create-as', 'alice', 'first');
    expect(await allFlows(hypervisor.host)).to.deep.equal(flows);
    await suspect.isolated();
  });

  it('is isolated when it is reverted while it runs, and sends from its first instruction', async () => {
    await revert();
  });

  it('is isolated when it is reverted to a pause, and resumed', async () => {
    await revert('--paused');
  });

  it('is isolated when it is reverted while it is shut off', async () => {
    const ofport = await suspect.ofport();
    await libvirt.virsh('destroy', 'alice');
    await suspect.gone(ofport);
    await libvirt.virsh('snapshot-revert', 'alice', 'first');
    await suspect.isolated();
  });

  it('is isolated when it is saved to a file and restored from it', async () => {
    const ofport = await suspect.ofport();
    // As libvirt sees it: its /run is the lab's.
    const file = '/run/guest/alice.save';
    await libvirt.virsh('save', 'alice', file);
    await suspect.gone(ofport);
    await libvirt.virsh('restore', file);
    await suspect.isolated();
  });

  it('stays isolated at the same port when virsh reboots it', async () => {
    const flows = await allFlows(hypervisor.host);
    await suspect.guest.ready();
    await libvirt.virsh('reboot', 'alice');
    // The guest has nobody who heeds the power button that libvirt pressed, so its shell does.
    await suspect.guest.run('poweroff -f', 2000).catch(() => undefined);
    await until('the guest to be down', async () => !(await suspect.around.pings(ADDRESS)));
    expect(await marks(hypervisor.host, ALICE)).to.equal('true isolated 2102');
    expect(await allFlows(hypervisor.host)).to.deep.equal(flows);
    await suspect.isolated();
  });
});
