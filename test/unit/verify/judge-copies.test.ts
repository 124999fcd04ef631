import { expect } from 'chai';
import type { Role } from '../../../src/pvlan/role.ts';
import { vlanId } from '../../../src/pvlan/vlan-id.ts';
import { copiesOf } from '../../../src/verify/copies.ts';
import { DatapathPorts } from '../../../src/verify/datapath-ports.ts';
import { NotUnderstoodError } from '../../../src/verify/errors.ts';
import { judgeCopies } from '../../../src/verify/judge-copies.ts';
import type { Question, Rule } from '../../../src/verify/question.ts';
import type { Station } from '../../../src/verify/station.ts';

const primary = vlanId(2102)!;
const other = vlanId(7)!;

function station(name: string, ofport: number, role: Role | undefined, more: Partial<Station> = {}): Station {
  return {
    ...{ bridge: 'br0', name, ofport, role, mac: `02:00:00:00:00:0${ofport}`, extraMacs: [], addresses: undefined },
    ...{ alsoIn: [], untagged: true, tagged: false, getsUntagged: true, unsettled: undefined, ...more },
  };
}

const g1 = station('g1', 1, { kind: 'isolated', primary });
const g2 = station('g2', 2, { kind: 'isolated', primary });
const router = station('r1', 3, { kind: 'promiscuous', primary });
const trunk = station(
  'r2',
  4,
  { kind: 'promiscuous', primary },
  { untagged: false, tagged: true, getsUntagged: false },
);
const closed = station('q1', 5, undefined);
const foreign = station('f1', 6, { kind: 'promiscuous', primary: other });
const foreignGuest = station('f2', 7, { kind: 'isolated', primary: other });
const all = [g1, g2, router, trunk, closed, foreign, foreignGuest];

/** Datapath numbers are 10 more than OpenFlow's; 19 is an uplink. */
const ports = DatapathPorts.read(
  ['netdev@ovs-netdev: hit:0 missed:0', '  br0:', '    up0 9/19: (system)']
    .concat(all.map(({ name, ofport }) => `    ${name} ${ofport}/1${ofport}: (dummy)`))
    .join('\n'),
);

/** What is wrong with `actions` for a frame of `from` meant for `to`, in a line. */
function judged(actions: string, from: Station, to: readonly Station[], rule: Rule = 'roles'): string {
  const question: Question = {
    ...{ name: 'unicast', from, ofport: from.ofport ?? 0, rule, targets: [] },
    ...{ speaker: { ipv4: undefined, ipv6: '::' } },
    frame: { inPort: 1, src: '', vid: undefined, payload: 'udp' },
  };
  const byPlace = (_: string, ofport: number) => all.find((one) => one.ofport === ofport);
  return judgeCopies(question, { dst: '', to }, copiesOf(actions, []), ports, byPlace)
    .map(({ kind, to: name }) => `${kind} ${name ?? ''}`)
    .join(', ');
}

describe('what becomes of a frame, judged by roles', () => {
  it('is as it should be where it reaches whom the sender may talk to', () => {
    expect(judged('13', g1, [router])).to.equal('');
    expect(judged('push_vlan(vid=2102,pcp=0),14', g1, [trunk])).to.equal('');
    expect(judged('19', g1, [g2])).to.equal('');
  });

  it('is as it should be where a flood reaches others that the sender may talk to as well', () => {
    expect(judged('13,19,push_vlan(vid=2102,pcp=0),14', g1, [router])).to.equal('');
  });

  it('is a leak at every other port, of another primary or quarantined', () => {
    expect(judged('12', g1, [g2])).to.equal('leak g2');
    expect(judged('push_vlan(vid=2102,pcp=0),12', g1, [router])).to.equal('leak g2, lost r1');
    expect(judged('13,15', router, [g1])).to.equal('leak q1, lost g1');
    expect(judged('13,17', g1, [router])).to.equal('leak f2');
  });

  it('is nobody’s concern at a router of another primary, whose trunk may carry both', () => {
    expect(judged('13,16', g1, [router])).to.equal('');
  });

  it('is lost where it does not arrive, unless it need not', () => {
    expect(judged('drop', g1, [router, g2])).to.equal('lost r1');
    expect(judged('drop', g1, [router, g2], 'at most')).to.equal('');
  });

  it('has the wrong form where it arrives twice, altered, or tagged as the port does not expect', () => {
    expect(judged('13,13', g1, [router])).to.equal('form r1');
    expect(judged('set(eth(dst=02:00:00:00:00:09)),13', g1, [router])).to.equal('form r1');
    expect(judged('push_vlan(vid=2102,pcp=0),13', g1, [router])).to.equal('form r1');
    expect(judged('14', g1, [trunk])).to.equal('form r2');
    expect(judged('push_vlan(vid=7,pcp=0),14', g1, [trunk])).to.equal('form r2');
    expect(judged('push_vlan(vid=0,pcp=5),13', g1, [router])).to.equal('');
  });

  it('has to be nothing at all where it must be dropped', () => {
    expect(judged('drop', g1, [router], 'nothing')).to.equal('');
    expect(judged('13', g1, [router], 'nothing')).to.equal('leak r1');
    expect(judged('19', g1, [router], 'nothing')).to.equal('escape up0');
  });

  it('cannot be told where a port or a recirculation is not known', () => {
    expect(() => judged('99', g1, [router])).to.throw(NotUnderstoodError, 'unknown datapath port');
    expect(() => judged('hash(l4(0)),recirc(0x9)', g1, [router])).to.throw(NotUnderstoodError, 'recirculation');
  });
});
