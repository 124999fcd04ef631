import { expect } from 'chai';
import type { PortgroupAnswer } from '../../../src/libvirt/query.ts';
import type { LibvirtEvent } from '../../../src/libvirt/report.ts';
import { LibvirtSources } from '../../../src/libvirt/sources.ts';
import type { Host } from '../../lab/host.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { needsPortgroupRefusal, needsPortgroupUpdates } from '../../support/portgroup-updates.ts';
import { defineGuest, GUEST, MACS, migrate, NAMESPACE, nic, onFile, prepare, virtualport } from './machine.ts';

/** What OVSDB says of a guest's NIC, which is all that the agent knows when it asks. */
interface Row {
  readonly interfaceId: string;
  readonly vmId: string;
  readonly mac: string;
  readonly bridge: string;
}

function brief(answer: PortgroupAnswer): string {
  if (answer.kind === 'unknown') return `unknown`;
  return `${answer.kind === 'portgroup' ? answer.portgroup : 'none'} by ${answer.source.rung}`;
}

describe('portgroups under a real libvirt', function () {
  this.timeout(120_000);
  let lab: Lab;
  let here: Host;
  let there: Host;
  let sources: LibvirtSources;
  let elsewhere: LibvirtSources;
  const events: LibvirtEvent[] = [];
  /** The portgroup of the isolated NIC: another one from where libvirt has updated it. */
  let portgroup = 'isolated-2102';

  const open = (host: Host, virsh: false | { uri: string } = false): LibvirtSources => {
    const { stateDir, configDir } = host.libvirt;
    const folders = virsh === false ? { stateDir, configDir } : { stateDir: '/nowhere/run', configDir: '/nowhere/etc' };
    // No rescan comes to help: what these tests see, the watches saw.
    return new LibvirtSources({ ...folders, virsh, rescanMs: 3_600_000, report: (event) => events.push(event) });
  };
  const rowOf = async (host: Host, mac: string): Promise<Row> => {
    const find = ['--bare', '--no-headings', '--columns=name', 'find', 'Interface'];
    const name = await until(`a port for ${mac}`, async () => {
      const names = await host.vsctl(...find, `external_ids:attached-mac="${mac}"`);
      return names === '' ? undefined : names;
    });
    const id = async (key: string): Promise<string> =>
      (await host.vsctl('get', 'Interface', name, `external_ids:${key}`)).replaceAll('"', '');
    return { interfaceId: await id('iface-id'), vmId: await id('vm-id'), mac, bridge: 'br0' };
  };
  const answers = async (host: Host, from: LibvirtSources, mac: string, expected: string): Promise<void> => {
    const row = await rowOf(host, mac);
    await until(
      `${mac} to be ${expected}, not ${brief(from.resolve(row))}`,
      () => brief(from.resolve(row)) === expected,
    );
    expect(brief(from.resolve({ interfaceId: row.interfaceId })), 'by interfaceid alone').to.equal(expected);
    expect(brief(from.resolve({ vmId: row.vmId, mac })), 'by domain and MAC alone').to.equal(expected);
  };

  before(async () => {
    lab = await Lab.create();
    here = await lab.host('here');
    there = await lab.host('there');
    await prepare(here);
    await prepare(there);
    await defineGuest(here);
    sources = open(here);
    elsewhere = open(there);
    await Promise.all([sources.ready, elsewhere.ready]);
  });

  after(async () => {
    await sources.close();
    await elsewhere.close();
    await lab.close();
  });

  it('are known before the port is there', async () => {
    const known: string[] = [];
    const watching = sources.changes$.subscribe(() => {
      known.push(brief(sources.resolve({ vmId: GUEST.uuid, mac: MACS.parked })));
    });
    await here.libvirt.virsh('start', '--paused', GUEST.name);
    watching.unsubscribe();
    // Until the network port is there the definition answers: the same, and never nothing.
    expect(known).to.include('parked-2102 by network-port');
    expect(new Set(known)).to.not.include('none by network-default');
    await here.libvirt.virsh('resume', GUEST.name);
  });

  it('are found for every kind of NIC', async () => {
    await answers(here, sources, MACS.isolated, 'isolated-2102 by network-port');
    await answers(here, sources, MACS.parked, 'parked-2102 by network-port');
    await answers(here, sources, MACS.byDefault, 'isolated-2102 by network-default');
    await answers(here, sources, MACS.plain, 'none by network-default');
    await answers(here, sources, MACS.bridge, 'none by domain-status');
    expect(sources.available()).to.deep.equal({ ok: true, missing: [] });
  });

  it('come with the metadata of the domain', async () => {
    const ip = (): string | undefined => {
      const metadata = sources.metadata(GUEST.uuid, NAMESPACE, false);
      return metadata.kind === 'metadata' ? metadata.elements[0]?.children[0]?.attribute('ip') : undefined;
    };
    expect(ip()).to.equal('192.0.2.10');
    const set = [`<addresses><address mac='${MACS.isolated}' ip='192.0.2.11'/></addresses>`, '--live'];
    await here.libvirt.virsh('metadata', GUEST.name, '--uri', NAMESPACE, '--key', 'a', '--set', ...set);
    await until('the new address', () => ip() === '192.0.2.11');
  });

  it('are known for a NIC that is hotplugged, and forgotten when it is gone', async () => {
    const xml = nic(MACS.hotplugged, `network='ovs' portgroup='community-2102-web'`);
    await onFile(here, 'attach-device', [GUEST.name], xml, '--live');
    await answers(here, sources, MACS.hotplugged, 'community-2102-web by network-port');
    const row = await rowOf(here, MACS.hotplugged);
    await here.libvirt.virsh('destroy', GUEST.name);
    await until('the NIC to be forgotten', () => brief(sources.resolve(row)) === 'unknown');
    await here.libvirt.virsh('start', GUEST.name);
    await answers(here, sources, MACS.isolated, 'isolated-2102 by network-port');
  });

  it('stay as they are where libvirt refuses to give a NIC another portgroup', async function () {
    await needsPortgroupRefusal(this);
    const row = await rowOf(here, MACS.isolated);
    const xml = nic(MACS.isolated, `network='ovs' portgroup='promisc-2102'`, virtualport(row.interfaceId));
    const refusal: unknown = await onFile(here, 'update-device', [GUEST.name], xml, '--live').catch(
      (error: unknown) => error,
    );
    expect(String(refusal)).to.match(/portgroup/);
    await answers(here, sources, MACS.isolated, 'isolated-2102 by network-port');
  });

  it('follow virsh update-device, with nothing else ever said on the way', async function () {
    await needsPortgroupUpdates(this);
    const row = await rowOf(here, MACS.isolated);
    const seen = new Set<string>();
    const watching = sources.changes$.subscribe(() => seen.add(brief(sources.resolve(row))));
    const xml = nic(
      MACS.isolated,
      `network='ovs' portgroup='promisc-2102'`,
      `${virtualport(row.interfaceId)}<vlan><tag id='7'/></vlan>`,
    );
    await onFile(here, 'update-device', [GUEST.name], xml, '--live');
    portgroup = 'promisc-2102';
    await answers(here, sources, MACS.isolated, 'promisc-2102 by network-port');
    watching.unsubscribe();
    expect([...seen].sort()).to.deep.equal(['isolated-2102 by network-port', 'promisc-2102 by network-port']);
  });

  it('do not follow an update that libvirt accepts but does not apply: a new portgroup and nothing else', async function () {
    await needsPortgroupUpdates(this);
    const row = await rowOf(here, MACS.isolated);
    const seen = new Set<string>();
    const watching = sources.changes$.subscribe(() => seen.add(brief(sources.resolve(row))));
    const xml = nic(
      MACS.isolated,
      `network='ovs' portgroup='community-2102-web'`,
      `${virtualport(row.interfaceId)}<vlan><tag id='7'/></vlan>`,
    );
    await onFile(here, 'update-device', [GUEST.name], xml, '--live');
    await answers(here, sources, MACS.isolated, 'promisc-2102 by network-port');
    expect(await here.libvirt.virsh('dumpxml', GUEST.name)).to.not.include('community-2102-web');
    watching.unsubscribe();
    expect(seen).to.not.include('community-2102-web by network-port');
    expect(seen).to.not.include('unknown');
  });

  it("follow a change of the network's default portgroup", async () => {
    const update = ['net-update', 'ovsdef', 'modify', 'portgroup'];
    await here.libvirt.virsh(...update, `<portgroup name='isolated-2102'/>`, '--live', '--config');
    await answers(here, sources, MACS.byDefault, 'none by network-default');
    await here.libvirt.virsh(...update, `<portgroup name='isolated-2102' default='yes'/>`, '--live', '--config');
    await answers(here, sources, MACS.byDefault, 'isolated-2102 by network-default');
  });

  it('stay known while libvirtd is restarted', async () => {
    const row = await rowOf(here, MACS.isolated);
    const seen = new Set<string>();
    const watching = sources.changes$.subscribe(() => seen.add(brief(sources.resolve(row))));
    await here.libvirt.killLibvirtd();
    await here.libvirt.startDaemons();
    await answers(here, sources, MACS.isolated, `${portgroup} by network-port`);
    watching.unsubscribe();
    seen.delete(`${portgroup} by network-port`);
    expect([...seen]).to.deep.equal([]);
  });

  it('are the same when asked through virsh', async () => {
    const asking = open(here, { uri: `qemu+unix:///system?socket=${here.libvirt.readOnlySocket}` });
    await asking.ready;
    const row = await rowOf(here, MACS.byDefault);
    await until('virsh to tell', () => brief(asking.resolve(row)) === 'isolated-2102 by network-default');
    expect(brief(asking.resolve(await rowOf(here, MACS.isolated)))).to.equal(`${portgroup} by virsh`);
    expect(brief(asking.resolve(await rowOf(here, MACS.plain)))).to.equal('none by network-default');
    expect(brief(asking.resolve(await rowOf(here, MACS.bridge)))).to.equal('none by virsh');
    await asking.close();
  });

  it('move with the guest, whose state tells on both sides how far it is', async () => {
    const left: string[] = [];
    const arrived: string[] = [];
    const states = (from: LibvirtSources, to: string[]): void => {
      const [domain] = from.domains();
      const state = domain === undefined ? 'gone' : `${domain.state} ${domain.reason}`;
      if (to.at(-1) !== state) to.push(state);
    };
    const watching = sources.changes$.subscribe(() => {
      states(sources, left);
    });
    watching.add(
      elsewhere.changes$.subscribe(() => {
        states(elsewhere, arrived);
      }),
    );
    await migrate(here, there);
    await until('the source to be empty', () => sources.domains().length === 0);
    await until('the guest to run', () => elsewhere.domains()[0]?.reason === 'migrated');
    await until('both to be told', () => left.at(-1) === 'gone' && arrived.at(-1) === 'running migrated');
    watching.unsubscribe();
    expect(left).to.include('paused migration');
    expect(arrived).to.include('paused migration');
    await answers(there, elsewhere, MACS.isolated, `${portgroup} by network-port`);
    await answers(there, elsewhere, MACS.byDefault, 'isolated-2102 by network-default');
  });

  it('stay known when the network is stopped under the guest', async () => {
    const row = await rowOf(there, MACS.isolated);
    await there.libvirt.virsh('net-destroy', 'ovs');
    await until('the live status to answer', () => brief(elsewhere.resolve(row)) === `${portgroup} by domain-status`);
  });

  it('were read without a complaint', () => {
    expect(events).to.deep.equal([]);
  });
});
