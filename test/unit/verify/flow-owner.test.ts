import { expect } from 'chai';
import { BRIDGE_COOKIE, portCookie, primaryCookie } from '../../../src/pipeline/cookie.ts';
import { flowOwner } from '../../../src/verify/flow-owner.ts';

describe('the owner of a flow', () => {
  const name = (ofport: number) => (ofport === 5 ? 'vnet5' : undefined);

  it('is read from our cookies', () => {
    expect(flowOwner(portCookie(5), name)).to.equal('ours, for port vnet5');
    expect(flowOwner(portCookie(6), name)).to.equal('ours, for port 6');
    expect(flowOwner(primaryCookie(2102), name)).to.equal('ours, for VLAN 2102');
    expect(flowOwner(BRIDGE_COOKIE, name)).to.equal('ours, for the whole bridge');
  });

  it('is somebody else for every other cookie', () => {
    expect(flowOwner(0n, name)).to.equal('a flow that is not ours');
    expect(flowOwner(0xbadn, name)).to.equal('not ours, cookie 0xbad');
  });
});
