import { expect } from 'chai';
import { Guest, type RoleName } from '../../chaos/guest.ts';
import { judge, type Sent, type Situation } from '../../chaos/verdict.ts';
import { Endpoint } from '../../lab/endpoint.ts';
import { Host } from '../../lab/host.ts';

/** A host that nothing is asked of. */
const HOST = Object.create(Host.prototype) as Host;
/** After what the guests below have lived through, and long after: in milliseconds of `performance.now()`. */
const LATER = 1_000_000;

function guest(name: string, role: RoleName): Guest {
  const identity = { name, mac: `02:00:00:00:00:0${name}`, bridge: 'br0', ifaceId: undefined, vmId: undefined };
  const endpoint = new Endpoint({ vsctl: () => Promise.resolve('') }, '', identity, () => undefined);
  const one = new Guest(endpoint, HOST, role, true);
  one.settle();
  return one;
}

describe('what chaos holds against the agent', () => {
  const one = guest('1', 'isolated-2102');
  const other = guest('2', 'isolated-2102');
  const opened = guest('3', 'isolated-2102');
  opened.unpark();
  opened.unserve({ isLocked: true });

  /** The verdict on a frame in VLAN 4095, or an honest one; `forgotten`: ovs-vswitchd has been started again. */
  const verdict = (to: Guest, sent: Partial<Sent>, forgotten = false): string => {
    const situation: Situation = {
      mode: 'single',
      guests: [one, other, opened],
      flowsSince: () => Infinity,
      locksSince: () => (forgotten ? Infinity : -Infinity),
    };
    const frame: Sent = { from: one, kind: 'broadcast', honest: true, at: LATER, destination: undefined, ...sent };
    const told = judge(frame, to, LATER + 1, situation);
    return told.kind === 'excused' ? told.as : told.kind;
  };
  const in4095 = { kind: 'broadcast tagged with the parking VLAN', honest: false };

  it('is what is flooded in VLAN 4095 to a locked port, as long as ovs-vswitchd knows the lock', () => {
    expect(verdict(other, in4095)).to.equal('forbidden');
    expect(verdict(other, { ...in4095, destination: '02:00:00:00:00:09' })).to.equal('forbidden');
    expect(verdict(other, in4095, true)).to.equal('parkingVlan');
    expect(verdict(other, { ...in4095, destination: other.endpoint.mac })).to.equal('parkingVlan');
  });

  it('is what is flooded to a port that somebody else has opened, as long as ovs-vswitchd knows the lock', () => {
    expect(verdict(opened, {})).to.equal('forbidden');
    expect(verdict(opened, {}, true)).to.equal('unparked');
    expect(verdict(opened, { destination: opened.endpoint.mac })).to.equal('unparked');
    expect(verdict(opened, { from: opened })).to.equal('forbidden');
  });

  it('is not what comes out at a guest outside, whose port is not locked', () => {
    const outside = guest('4', 'stranger');
    expect(verdict(outside, in4095)).to.equal('parkingVlan');
    expect(verdict(outside, {})).to.equal('allowed');
  });
});
