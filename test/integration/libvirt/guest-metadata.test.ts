import { expect } from 'chai';
import { guestFacts, GUEST_NAMESPACE, type GuestMetadata } from '../../../src/observe/guest-metadata.ts';
import { LibvirtSources } from '../../../src/libvirt/sources.ts';
import { macAddress } from '../../../src/pvlan/mac.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { defineGuest, GUEST, MACS, prepare } from './machine.ts';

const MAC = macAddress(MACS.isolated)!;

describe("a guest's facts under a real libvirt", function () {
  this.timeout(120_000);
  let lab: Lab;
  let host: Host;
  let sources: LibvirtSources;
  let wakes = 0;

  const known = (from = sources): GuestMetadata => {
    const metadata = from.metadata(GUEST.uuid, GUEST_NAMESPACE, false);
    return metadata.kind === 'metadata'
      ? guestFacts(metadata.elements, MAC)
      : { problem: metadata.why, awaited: metadata.awaited };
  };
  const addresses = (found: GuestMetadata): string => {
    if ('problem' in found) return found.problem;
    return (found.facts.addresses ?? []).map(({ address, length }) => `${address}/${length}`).join(' ');
  };
  const becomes = async (expected: string, from = sources): Promise<void> => {
    await until(`facts ${expected}, not ${addresses(known(from))}`, () => addresses(known(from)) === expected);
  };
  const set = async (address: string, ...where: string[]): Promise<void> => {
    const xml = `\n  <guest>\n    <nic mac="${MAC}">\n      <address>${address}</address>\n    </nic>\n  </guest>`;
    await host.libvirt.virsh('metadata', GUEST.name, GUEST_NAMESPACE, '--key', 'pvlan', '--set', xml, ...where);
  };

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('facts');
    await prepare(host);
    await defineGuest(host);
    const { stateDir, configDir } = host.libvirt;
    sources = new LibvirtSources({ stateDir, configDir, virsh: false, rescanMs: 3_600_000, report: () => undefined });
    sources.changes$.subscribe(() => wakes++);
    await sources.ready;
  });

  after(async () => {
    await sources.close();
    await lab.close();
  });

  it('are told by the definition before the first start', async () => {
    await set('10.0.0.1', '--config');
    await becomes('10.0.0.1/32');
    // What is stored is the element with the prefix that --key names; what is shown again has neither.
    expect(await host.libvirt.virsh('dumpxml', GUEST.name)).to.contain(
      `<pvlan:guest xmlns:pvlan="${GUEST_NAMESPACE}">`,
    );
    expect(await host.libvirt.virsh('metadata', GUEST.name, GUEST_NAMESPACE)).to.contain('<guest>');
  });

  it('are told by the live status of a running guest, and wake the agent when they change', async () => {
    await host.libvirt.virsh('start', GUEST.name);
    await becomes('10.0.0.1/32');
    const before = wakes;
    await set('10.0.0.0/24', '--live', '--config');
    await becomes('10.0.0.0/24');
    expect(wakes).to.be.above(before);
  });

  it('stay as they are while a change is for the next start only', async () => {
    await set('10.0.0.2', '--config');
    await until('the definition to be rewritten', async () =>
      (await host.libvirt.virsh('dumpxml', '--inactive', GUEST.name)).includes('10.0.0.2'),
    );
    expect(addresses(known())).to.equal('10.0.0.0/24');
  });

  it('are the same where virsh is all there is', async () => {
    const asking = new LibvirtSources({
      stateDir: '/nowhere/run',
      configDir: '/nowhere/etc',
      virsh: { uri: `qemu+unix:///system?socket=${host.libvirt.readOnlySocket}` },
      report: () => undefined,
    });
    try {
      await asking.ready;
      expect(known(asking)).to.have.property('awaited', true);
      await becomes('10.0.0.0/24', asking);
    } finally {
      await asking.close();
    }
  });

  it('are a problem when they cannot be understood, and no facts once they are taken away', async () => {
    await set('10.0.0.300', '--live');
    await until('the problem', () => 'problem' in known());
    await host.libvirt.virsh('metadata', GUEST.name, GUEST_NAMESPACE, '--remove', '--live');
    await becomes('');
    expect(known()).to.deep.equal({ facts: { addresses: undefined, extraMacs: [] } });
  });
});
