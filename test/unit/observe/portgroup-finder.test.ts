import { expect } from 'chai';
import { findPortgroup } from '../../../src/observe/portgroup-finder.ts';
import type { GuestIdentity } from '../../../src/observe/surveyed-port.ts';
import type { PortgroupAnswer } from '../../../src/libvirt/query.ts';
import type { PortgroupFinding } from '../../../src/pvlan/switch-port.ts';
import { NO_POLICY } from '../../support/ports.ts';

const GUEST: GuestIdentity = {
  portProfile: undefined,
  interfaceId: 'nic',
  vmId: 'vm',
  mac: '02:00:00:00:00:01',
  bridge: 'br0',
  lastRole: undefined,
  handedOver: false,
  managedBefore: false,
};
const source = { rung: 'network-port' } as const;

function found(guest: Partial<GuestIdentity>, answer: PortgroupAnswer | undefined): PortgroupFinding {
  return findPortgroup({ ...GUEST, ...guest }, NO_POLICY, answer === undefined ? undefined : () => answer);
}

describe('the portgroup of a guest', () => {
  it('is what its port-profile says, before anything else', () => {
    const silent: PortgroupAnswer = { kind: 'unknown', why: 'no file' };
    expect(found({ portProfile: 'isolated-2102' }, silent)).to.include({
      name: 'isolated-2102',
      source: 'port-profile',
    });
  });

  it('is not what a profile says that serves another purpose', () => {
    const isolated: PortgroupAnswer = { kind: 'portgroup', portgroup: 'isolated-2102', source };
    expect(found({ portProfile: 'gold' }, isolated)).to.include({ name: 'isolated-2102', source: 'network-port' });
    expect(found({ portProfile: 'gold' }, undefined)).to.include({ kind: 'none' });
  });

  it('is unknown where profile and files give different roles', () => {
    const other: PortgroupAnswer = { kind: 'portgroup', portgroup: 'promisc-2102', source };
    expect(found({ portProfile: 'isolated-2102' }, other)).to.have.property('kind', 'unknown');
  });

  describe('whose port has a profile that libvirt did not give it', () => {
    const portProfile = 'promisc-2102';
    const plain = { kind: 'portgroup', portgroup: 'plain', source } as const;
    const none = { kind: 'none', source } as const;

    it('is unknown, and needs the operator', () => {
      for (const answer of [plain, none]) {
        for (const id of [undefined, 'isolated-2102', 'gold']) {
          const finding = found({ portProfile }, { ...answer, profile: { id } });
          expect(finding).to.include({ kind: 'unknown', contradicts: true });
        }
        const agreed = found({ portProfile }, { ...answer, profile: { id: portProfile } });
        expect(agreed).to.include({ kind: 'portgroup', name: portProfile });
      }
    });

    it('is what it says where its portgroup says the same', () => {
      const same: PortgroupAnswer = {
        kind: 'portgroup',
        portgroup: 'promiscuous-2102',
        profile: { id: undefined },
        source,
      };
      expect(found({ portProfile }, same)).to.include({ kind: 'portgroup', name: portProfile });
    });

    it('is what it says where only a definition speaks, which does not tell', () => {
      expect(found({ portProfile }, plain)).to.include({ kind: 'portgroup', name: portProfile });
    });
  });

  it('is what the profile says of a NIC that libvirt knows and does not plug itself', () => {
    expect(found({ portProfile: 'isolated-2102' }, { kind: 'none', source: { rung: 'domain-status' } })).to.include({
      name: 'isolated-2102',
      source: 'port-profile',
    });
  });

  it('comes with the file in which libvirt has it, or that there is none', () => {
    const read = { rung: 'network-port', file: '/run/libvirt/network/ovs/ports/1.xml' } as const;
    const provenance = { source: 'network-port', file: read.file };
    expect(found({}, { kind: 'portgroup', portgroup: 'isolated-2102', source: read })).to.include(provenance);
    expect(found({}, { kind: 'none', source: read })).to.include(provenance);
    expect(found({ portProfile: 'isolated-2102' }, { kind: 'none', source: read })).to.not.have.property('file');
  });

  describe('whose row was that of another NIC', () => {
    const guest = { portProfile: 'promisc-2102', handedOver: true };

    it('stays unknown where libvirt knows the NIC and did not plug it, and the remedy is told', () => {
      const finding = found(guest, { kind: 'none', source: { rung: 'domain-status' } });
      expect(finding).to.include({ kind: 'unknown', contradicts: true });
      expect(finding).to.have.property('remedy').that.contains('remove its external_ids:pvlan-nic');
    });

    it('is unknown until libvirt tells', () => {
      expect(found(guest, { kind: 'unknown', why: 'no file' })).to.have.property('kind', 'unknown');
      expect(found(guest, { kind: 'none', source })).to.have.property('kind', 'unknown');
      const own: PortgroupAnswer = { kind: 'portgroup', portgroup: 'promisc-2102', source };
      expect(found(guest, own)).to.include({ kind: 'portgroup', name: 'promisc-2102' });
      const given: PortgroupAnswer = { kind: 'none', profile: { id: 'promisc-2102' }, source };
      expect(found(guest, given)).to.include({ kind: 'portgroup', name: 'promisc-2102' });
    });

    it('is what the profile says where there is no libvirt to ask', () => {
      expect(found(guest, undefined)).to.include({ kind: 'portgroup', name: 'promisc-2102' });
    });
  });

  it('is the profile that libvirt gave the NIC, though its port has lost it', () => {
    const given: PortgroupAnswer = { kind: 'portgroup', portgroup: 'web', profile: { id: 'isolated-2102' }, source };
    expect(found({}, given)).to.include({ kind: 'portgroup', name: 'isolated-2102' });
    expect(found({}, { kind: 'none', profile: { id: 'isolated-2102' }, source })).to.include({ name: 'isolated-2102' });
  });

  describe('of a NIC that runs without one', () => {
    const live = { kind: 'none', source: { rung: 'domain-status', file: '/run/libvirt/qemu/web1.xml' } } as const;
    const noDefault = { kind: 'none', source: { rung: 'network-default' } } as const;
    const definedAs = (portgroup: string): PortgroupAnswer => ({
      ...live,
      defined: { portgroup, source: { rung: 'domain', file: '/etc/libvirt/qemu/web1.xml' } },
    });

    it('is none where nobody ever spoke of one', () => {
      for (const answer of [live, noDefault]) expect(found({}, answer)).to.include({ kind: 'none' });
      expect(found({}, definedAs('lan'))).to.include({ kind: 'none' });
      expect(found({ managedBefore: true }, live)).to.include({ kind: 'none' });
    });

    it("is kept by its port's marks, whatever the definition says, and the remedy is told", () => {
      for (const answer of [live, noDefault, definedAs('lan'), definedAs('promisc-2102')]) {
        const finding = found({ lastRole: 'isolated-2102' }, answer);
        expect(finding).to.include({ kind: 'portgroup', name: 'isolated-2102', source: 'kept: by its marks' });
        const kept = 'kept' in finding ? finding.kept : undefined;
        expect(kept?.message).to.contain('isolated-2102');
        expect(kept?.remedy).to.contain('virsh update-device').and.to.contain('external_ids pvlan-role');
      }
    });

    it('is kept by its definition where the port has no marks: it was restored, or has come from elsewhere', () => {
      for (const name of ['isolated-2102', 'community-2102-web', 'isolated-21O2']) {
        const finding = found({}, definedAs(name));
        expect(finding).to.include({ kind: 'portgroup', name, source: 'kept: by its definition' });
        expect(finding)
          .to.have.property('kept')
          .that.has.property('message')
          .that.contains('/etc/libvirt/qemu/web1.xml');
      }
    });

    it('makes nobody a router on the word of a definition alone', () => {
      expect(found({}, definedAs('promisc-2102'))).to.include({ kind: 'unknown', contradicts: true });
    });

    it('is what a source names, though its marks or its definition name another', () => {
      const named: PortgroupAnswer = { kind: 'portgroup', portgroup: 'lan', source };
      const finding = found({ lastRole: 'isolated-2102' }, named);
      expect(finding).to.include({ kind: 'portgroup', name: 'lan' }).and.not.have.property('kept');
    });

    it('is kept where there is no libvirt and its port-profile is gone, not where that is another', () => {
      expect(found({ lastRole: 'isolated-2102' }, undefined))
        .to.include({ name: 'isolated-2102' })
        .and.have.property('kept');
      expect(found({ lastRole: 'isolated-2102', portProfile: 'lan' }, undefined)).to.include({ kind: 'none' });
      expect(found({}, undefined)).to.include({ kind: 'none' });
    });
  });

  it('is unknown when nobody knows', () => {
    expect(found({}, { kind: 'unknown', why: 'no file names it' })).to.deep.equal({
      kind: 'unknown',
      why: 'no file names it',
    });
  });
});
