import { expect } from 'chai';
import { mkdir, symlink } from 'node:fs/promises';
import { GUEST_NAMESPACE, type GuestMetadata } from '../../../src/observe/guest-metadata.ts';
import { guestSources } from '../../../src/observe/guest-sources.ts';
import type { GuestIdentity } from '../../../src/observe/surveyed-port.ts';
import type { DomainState } from '../../../src/libvirt/query.ts';
import { LibvirtSources } from '../../../src/libvirt/sources.ts';
import { NO_FACTS } from '../../../src/pvlan/guest-facts.ts';
import { until } from '../../lab/until.ts';
import { NO_POLICY } from '../../support/ports.ts';
import { fixture, STATUS, VM } from '../libvirt/moments.ts';
import { Tree } from '../libvirt/tree.ts';

const MAC = '52:54:00:00:00:01';
const DEFINITION = 'config/qemu/web1.xml';
const guest: GuestIdentity = {
  portProfile: undefined,
  interfaceId: undefined,
  vmId: VM,
  mac: MAC,
  bridge: 'br0',
  lastRole: undefined,
  handedOver: false,
  managedBefore: false,
};

function domain(state: string, reason: string): DomainState {
  return { uuid: VM, name: 'web1', state, reason };
}

describe('a guest on the move', () => {
  let libvirt: LibvirtSources;
  let domains: readonly DomainState[];

  beforeEach(() => {
    libvirt = new LibvirtSources({
      stateDir: '/nowhere',
      configDir: '/nowhere',
      virsh: false,
      report: () => undefined,
    });
    libvirt.domains = () => domains;
  });

  afterEach(() => libvirt.close());

  it('is one that its domain says is paused for that', () => {
    domains = [domain('paused', 'migration')];
    expect(guestSources(NO_POLICY, libvirt).moving.has(VM)).to.equal(true);
    domains = [domain('paused', 'user')];
    expect(guestSources(NO_POLICY, libvirt).moving.has(VM)).to.equal(false);
  });

  it('is so still when its domain has gone and its port has not, and no more when it runs', () => {
    domains = [];
    const { moving } = guestSources(NO_POLICY, libvirt, new Set([VM]));
    expect(moving.has(VM)).to.equal(true);
    domains = [domain('running', 'migrated')];
    expect(guestSources(NO_POLICY, libvirt, moving).moving.has(VM)).to.equal(false);
  });
});

describe('a guest without a status file', () => {
  let tree: Tree;

  afterEach(() => tree.close());

  const isMoving = async (moment: string): Promise<boolean> => {
    tree = await Tree.create(moment);
    await mkdir(tree.path('state/qemu'), { recursive: true });
    return guestSources(NO_POLICY, await tree.open()).isMoving({ ...guest, vmId: VM.toUpperCase() });
  };

  it('may run on another host still, where running guests have status files', async () => {
    expect(await isMoving('9.0/starting')).to.equal(true);
  });

  it('does not once it has the file and runs', async () => {
    expect(await isMoving('9.0/running')).to.equal(false);
  });

  it('does not when it ran here before the agent did, nor when it had a file', async () => {
    tree = await Tree.create('9.0/running');
    const libvirt = await tree.open();
    const now = (more: Partial<GuestIdentity> = {}): boolean =>
      guestSources(NO_POLICY, libvirt).isMoving({ ...guest, ...more });
    expect(now()).to.equal(false);
    await tree.remove(STATUS);
    await until('the status to be gone', () => libvirt.domains().length === 0);
    expect(now()).to.equal(false);
    libvirt.retain(new Set());
    expect(now({ managedBefore: true })).to.equal(false);
  });

  it("does not when it is not one of libvirt's", async () => {
    tree = await Tree.create('9.0/running');
    const other = { ...guest, vmId: '99999999-2222-4333-8444-555555555501' };
    expect(guestSources(NO_POLICY, await tree.open()).isMoving(other)).to.equal(false);
  });

  it('says nothing where there are no status files at all', async () => {
    tree = await Tree.create('9.0/running');
    await tree.remove('state');
    expect(guestSources(NO_POLICY, await tree.open()).isMoving(guest)).to.equal(false);
  });
});

describe("a guest's addresses", () => {
  let tree: Tree;
  let libvirt: LibvirtSources;

  const pinned = (address: string): string =>
    `<p:guest xmlns:p='${GUEST_NAMESPACE}'><p:nic mac='${MAC}'><p:address>${address}</p:address></p:nic></p:guest></metadata>`;
  const withPin = (file: string, address: string): string =>
    fixture('9.0/running', file).toString().replace('</metadata>', pinned(address));
  const facts = (more: Partial<GuestIdentity> = {}): GuestMetadata =>
    guestSources(NO_POLICY, libvirt).facts({ ...guest, ...more });
  const addresses = (more?: Partial<GuestIdentity>): string => {
    const found = facts(more);
    if ('problem' in found) return found.problem;
    return (found.facts.addresses ?? []).map(({ address }) => address).join();
  };
  const open = async (): Promise<void> => {
    libvirt = await tree.open();
  };

  beforeEach(async () => {
    tree = await Tree.create('9.0/running');
    await tree.put(STATUS, withPin(STATUS, '10.0.0.1'));
  });

  afterEach(() => tree.close());

  it('are pinned by the live status', async () => {
    await open();
    expect(addresses()).to.equal('10.0.0.1');
  });

  it('are a problem while the status cannot be understood, and pinned again when it can', async () => {
    await open();
    const text = withPin(STATUS, '10.0.0.1');
    await tree.put(STATUS, text.slice(0, 400));
    await until('the problem', () => 'problem' in facts());
    expect(facts()).to.have.property('awaited', false);
    expect(addresses()).to.contain(tree.path(STATUS));
    await tree.put(STATUS, text);
    await until('the pin', () => addresses() === '10.0.0.1');
  });

  it('are a problem when the agent begins with a status that cannot be understood', async () => {
    await tree.put(STATUS, '<domstatus');
    await open();
    expect(addresses()).to.contain(tree.path(STATUS));
  });

  it('are a problem for whoever may be the one in a status that cannot be understood, as nobody else has its name', async () => {
    const other = { vmId: '99999999-2222-4333-8444-555555555501' };
    await tree.put(STATUS, '<domstatus');
    await open();
    expect(facts(other)).to.deep.equal({ facts: NO_FACTS });
    await tree.put('state/qemu/nobodys.xml', '<domstatus');
    await until('the other file to be refused', () => 'problem' in facts(other));
  });

  it("are no problem because of another domain's file", async () => {
    await tree.remove(STATUS);
    await tree.put('state/qemu/other.xml', '<domstatus');
    await open();
    expect(facts()).to.deep.equal({ facts: NO_FACTS });
  });

  it('stay pinned when the status goes, until the guest goes', async () => {
    await open();
    expect(addresses()).to.equal('10.0.0.1');
    await tree.remove(STATUS);
    await until('the status to be gone', () => libvirt.domains().length === 0);
    expect(addresses({ managedBefore: true })).to.equal('10.0.0.1');
    libvirt.retain(new Set([VM.toUpperCase()]));
    expect(addresses()).to.equal('10.0.0.1');
    libvirt.retain(new Set());
    expect(addresses()).to.equal('');
  });

  it('stay pinned when all of the state goes', async () => {
    await open();
    expect(addresses()).to.equal('10.0.0.1');
    await tree.remove('state');
    await until('the state to be gone', () => libvirt.available().missing.length > 0);
    expect(addresses()).to.equal('10.0.0.1');
  });

  it('are a problem for a guest that ran before the agent did and has no status', async () => {
    await tree.remove(STATUS);
    await open();
    expect(facts({ managedBefore: true })).to.have.property('problem');
    await tree.put(STATUS, withPin(STATUS, '10.0.0.1'));
    await until('the pin', () => addresses() === '10.0.0.1');
  });

  it('are told by the definition when all of the state was lost before the agent came, as the portgroup is', async () => {
    await tree.remove('state');
    await mkdir(tree.path('state/qemu'), { recursive: true });
    await tree.put(DEFINITION, withPin(DEFINITION, '10.0.0.2'));
    await open();
    expect(addresses({ managedBefore: true })).to.equal('10.0.0.2');
  });

  it('are known at once for one that is being born: from its definition, or none', async () => {
    await tree.remove(STATUS);
    await tree.put(DEFINITION, withPin(DEFINITION, '10.0.0.2'));
    await open();
    expect(addresses()).to.equal('10.0.0.2');
    // Its port is in hand by now, and still it was born under the agent's eyes.
    expect(addresses({ managedBefore: true })).to.equal('10.0.0.2');
    await tree.put(STATUS, withPin(STATUS, '10.0.0.1'));
    await until('the live status to decide', () => addresses() === '10.0.0.1');
  });

  it('are none for one that is being born without a definition, until its status tells', async () => {
    await tree.remove(STATUS);
    await tree.remove(DEFINITION);
    await open();
    expect(facts()).to.deep.equal({ facts: NO_FACTS });
    await tree.put(STATUS, withPin(STATUS, '10.0.0.1'));
    await until('the live status to decide', () => addresses() === '10.0.0.1');
  });

  it('are none for a domain that is not of libvirt, however long it has been there', async () => {
    await open();
    const vmId = '99999999-2222-4333-8444-555555555501';
    expect(facts({ vmId, managedBefore: true })).to.deep.equal({ facts: NO_FACTS });
  });

  it('are told by the definition where there is no live source, and are a problem if that cannot be understood', async () => {
    await tree.remove('state');
    await tree.put(DEFINITION, withPin(DEFINITION, '10.0.0.2'));
    await open();
    expect(addresses({ managedBefore: true })).to.equal('10.0.0.2');
    await tree.put(DEFINITION, '<domain');
    await until('the problem', () => addresses().includes(tree.path(DEFINITION)));
  });

  it('are a problem while the folder of the statuses cannot be listed', async () => {
    // Root may list any folder; what is no folder cannot be listed by anyone, and a loop of links is no missing one either.
    await tree.remove('state/qemu');
    await symlink('qemu', tree.path('state/qemu'));
    await open();
    expect(addresses()).to.contain(tree.path('state/qemu'));
  });
});
