import { expect } from 'chai';
import type { Role } from '../../../src/pvlan/role.ts';
import { vlanId } from '../../../src/pvlan/vlan-id.ts';
import { frameText } from '../../../src/verify/frame.ts';
import { questionsFor } from '../../../src/verify/question.ts';
import type { Group, Station } from '../../../src/verify/station.ts';

const primary = vlanId(2102)!;

function station(
  name: string,
  ofport: number | undefined,
  role: Role | undefined,
  more: Partial<Station> = {},
): Station {
  return {
    ...{
      bridge: 'br0',
      name,
      ofport,
      role,
      mac: `02:00:00:00:00:0${ofport ?? 9}`,
      extraMacs: [],
      addresses: undefined,
    },
    ...{ alsoIn: [], untagged: true, tagged: false, getsUntagged: true, unsettled: undefined, ...more },
  };
}

const isolated: Role = { kind: 'isolated', primary };
const g1 = station('g1', 1, isolated);
const g2 = station('g2', 2, isolated);
const router = station('r1', 3, { kind: 'promiscuous', primary }, { mac: undefined });
const closed = station('q1', 4, undefined, { mac: ' 02:00:00:00:00:02 ' });

function group(...stations: readonly Station[]): Group {
  return {
    bridge: 'br0',
    primary,
    stations,
    promiscuousMacs: ['02:00:00:00:ff:01'],
    tags: [2102, 2103],
    onlyAddressed: true,
    ports: [],
    plan: undefined,
  };
}

function frames(from: Station, name: string, all = group(g1, g2, router, closed)): readonly string[] {
  return questionsFor(from, all)
    .filter((question) => question.name === name)
    .flatMap(({ frame, speaker, targets }) => targets.map(({ dst }) => frameText({ ...frame, dst }, speaker)));
}

describe('the questions about a port', () => {
  it('cover every kind of frame a guest may send, honest or not', () => {
    const names = questionsFor(g1, group(g1, g2, router)).map(({ name, rule }) => `${name}: ${rule}`);
    expect(names).to.deep.equal([
      ...['unicast: roles', 'broadcast: roles', 'multicast: roles', 'ARP: roles', 'IPv6 ND: roles'],
      ...['for switches: nothing', 'unread IPv4: nothing', 'unread IPv6: nothing', 'ND in a fragment: nothing'],
      'tag of an old type: nothing',
      ...['spoofed guest: nothing', 'spoofed promiscuous: nothing', 'tagged 2102: nothing', 'tagged 2103: nothing'],
      'tagged 4095: nothing',
    ]);
  });

  it('trust a promiscuous port whatever its source, and expect nothing of its tags', () => {
    const names = questionsFor(router, group(g1, router)).map(({ name, rule }) => `${name}: ${rule}`);
    expect(names.slice(5)).to.deep.equal([
      'for switches: no guest',
      'tagged 2102: at most',
      'tagged 2103: at most',
      'tagged 4095: nothing',
    ]);
  });

  it('expect nothing at all of a quarantined port', () => {
    expect(new Set(questionsFor(closed, group(g1, closed)).map(({ rule }) => rule))).to.deep.equal(
      new Set(['nothing']),
    );
  });

  it('are none while the port has no number', () => {
    expect(questionsFor(station('g9', undefined, isolated), group(g1))).to.deep.equal([]);
  });

  it('ask for each address once, also for one that a quarantined port claims', () => {
    const [unicast] = questionsFor(g1, group(g1, g2, router, closed));
    expect(unicast?.targets.map(({ dst, to }) => `${dst} ${to.map(({ name }) => name).join()}`)).to.deep.equal([
      '02:00:00:00:00:02 g2',
    ]);
  });

  it('read as ofproto/trace takes them', () => {
    expect(frames(g1, 'unicast')).to.deep.equal([
      'in_port=1,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,udp,nw_src=192.0.2.1,nw_dst=192.0.2.254,nw_ttl=64,udp_src=49152,udp_dst=9',
    ]);
    expect(frames(g1, 'ARP')).to.deep.equal([
      'in_port=1,dl_src=02:00:00:00:00:01,dl_dst=ff:ff:ff:ff:ff:ff,arp,arp_op=1,arp_sha=02:00:00:00:00:01,arp_spa=192.0.2.1,arp_tpa=192.0.2.254',
    ]);
    expect(frames(g1, 'IPv6 ND')[0]).to.match(/ipv6_src=fe80::0:ff:fe00:1,.*nd_sll=02:00:00:00:00:01$/);
    expect(frames(g1, 'tagged 4095')[0]).to.match(/^in_port=1,dl_vlan=4095,/);
    expect(frames(station('br0', 0xfffffffe, isolated), 'broadcast')[0]).to.match(/^in_port=LOCAL,/);
  });

  it('speak tagged for a router on a trunk', () => {
    const trunk = station('r2', 5, { kind: 'promiscuous', primary }, { untagged: false, tagged: true });
    expect(frames(trunk, 'broadcast')[0]).to.match(/^in_port=5,dl_vlan=2102,/);
  });

  it('use no IP address but a guest’s own where they are known', () => {
    const pinned = station('g1', 1, isolated, { addresses: [{ family: 4, address: '10.0.0.7', length: 32 }] });
    expect(frames(pinned, 'unicast', group(pinned, g2))[0]).to.include('nw_src=10.0.0.7,');
    const mute = station('g1', 1, isolated, { addresses: [] });
    expect(frames(mute, 'unicast', group(mute, g2))[0]).to.match(/nw_src=0\.0\.0\.0,.*udp_src=68,udp_dst=67$/);
    expect(questionsFor(mute, group(mute, g2)).find(({ name }) => name === 'IPv6 ND')?.rule).to.equal('at most');
  });
});
