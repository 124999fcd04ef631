import { expect } from 'chai';
import { guestSources } from '../../../src/agent/guest-sources.ts';
import type { DomainState } from '../../../src/libvirt/query.ts';
import { LibvirtSources } from '../../../src/libvirt/sources.ts';
import { NO_POLICY } from '../../support/ports.ts';

const UUID = '11111111-2222-4333-8444-555555555501';

function domain(state: string, reason: string): DomainState {
  return { uuid: UUID, name: 'web1', state, reason };
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
    expect(guestSources(NO_POLICY, libvirt).moving.has(UUID)).to.equal(true);
    domains = [domain('paused', 'user')];
    expect(guestSources(NO_POLICY, libvirt).moving.has(UUID)).to.equal(false);
  });

  it('is so still when its domain has gone and its port has not, and no more when it runs', () => {
    domains = [];
    const { moving } = guestSources(NO_POLICY, libvirt, new Set([UUID]));
    expect(moving.has(UUID)).to.equal(true);
    domains = [domain('running', 'migrated')];
    expect(guestSources(NO_POLICY, libvirt, moving).moving.has(UUID)).to.equal(false);
  });
});
