import { expect } from 'chai';
import { findPortgroup } from '../../../src/agent/portgroup-finder.ts';
import type { GuestIdentity } from '../../../src/agent/surveyed-port.ts';
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

  it('is kept while the network has lost its default portgroup, and only then', () => {
    const noDefault: PortgroupAnswer = { kind: 'none', source: { rung: 'network-default' } };
    expect(found({ lastRole: 'isolated-2102' }, noDefault)).to.include({ kind: 'portgroup', name: 'isolated-2102' });
    expect(found({}, noDefault)).to.include({ kind: 'none' });
    expect(found({ lastRole: 'isolated-2102' }, { kind: 'none', source })).to.include({ kind: 'none' });
  });

  it('is unknown when nobody knows', () => {
    expect(found({}, { kind: 'unknown', why: 'no file names it' })).to.deep.equal({
      kind: 'unknown',
      why: 'no file names it',
    });
  });
});
