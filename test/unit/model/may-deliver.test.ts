import { expect } from 'chai';
import { mayDeliver } from '../../model/may-deliver.ts';
import type { Network } from '../../model/may-deliver.ts';
import type { Port, Pvlan, Station } from '../../model/station.ts';
import type { SeenFrame } from '../../model/seen-frame.ts';

const P: Pvlan = { primary: 2102, secondaries: [] };
const Q: Pvlan = { primary: 2200, secondaries: [] };
const network: Network = { pvlans: [P, Q], untaggedVlans: [0], sourceGuards: true, priorityTags: true };
let lastStation = 0;

function station(place: string, port: Port, addresses: readonly string[] = []): Station {
  lastStation += 1;
  const mac = `02:00:00:00:00:${lastStation.toString(16).padStart(2, '0')}`;
  return { name: `s${lastStation}`, place, macs: [mac], addresses, port, standing: 'sound' };
}

const isolated = station('a', { kind: 'isolated', pvlan: P });
const neighbour = station('a', { kind: 'isolated', pvlan: P });
const remote = station('b', { kind: 'isolated', pvlan: P });
const red = station('a', { kind: 'community', pvlan: P, community: 'red' });
const redToo = station('a', { kind: 'community', pvlan: P, community: 'red' });
const redRemote = station('b', { kind: 'community', pvlan: P, community: 'red' });
const blue = station('a', { kind: 'community', pvlan: P, community: 'blue' });
const router = station('upstream', { kind: 'promiscuous', pvlan: P, tagged: false });
const routerOnTrunk = station('upstream', { kind: 'promiscuous', pvlan: P, tagged: true });
const otherRouter = station('a', { kind: 'promiscuous', pvlan: Q, tagged: false });
const ordinary = station('a', { kind: 'access', vlan: 30 });
const ordinaryToo = station('b', { kind: 'access', vlan: 30 });
const trunk = station('a', { kind: 'trunk', trunks: [] });
const narrowTrunk = station('b', { kind: 'trunk', trunks: [0, 30] });

const guests = [isolated, neighbour, remote, red, redToo, redRemote, blue];
const everybody = [...guests, router, routerOnTrunk, otherRouter, ordinary, ordinaryToo, trunk, narrowTrunk];

const mac = ({ macs }: Station): string => macs[0]!;
const EVERYONE = 'ff:ff:ff:ff:ff:ff';

/** A frame of `from`, untagged and honest unless it says otherwise. */
function frame(from: Station, dst: string, other: Partial<SeenFrame> = {}): SeenFrame {
  const claims = { claimedMac: undefined, claimedIp: undefined, isDeceptive: false };
  return { src: mac(from), dst, tags: [], length: 60, ethertype: 0x88b5, ...claims, ...other };
}

function tagged(...vids: number[]): Partial<SeenFrame> {
  return { tags: vids.map((vid) => ({ tpid: 0x8100, vid })) };
}

/** What becomes of a frame by the sender to everyone. */
function broadcast(from: Station, to: Station, other: Partial<SeenFrame> = {}): string {
  return mayDeliver(from, to, frame(from, EVERYONE, other), network);
}

function unicast(from: Station, to: Station, other: Partial<SeenFrame> = {}): string {
  return mayDeliver(from, to, frame(from, mac(to), other), network);
}

describe('the model: an isolated station', () => {
  it('must reach promiscuous stations, by broadcast and by address', () => {
    for (const promiscuous of [router, routerOnTrunk]) {
      expect(broadcast(isolated, promiscuous)).to.equal('must');
      expect(unicast(isolated, promiscuous)).to.equal('must');
    }
  });

  it('never reaches another guest, on its own switch or another', () => {
    for (const guest of guests) {
      expect(broadcast(isolated, guest)).to.equal('never');
      expect(unicast(isolated, guest)).to.equal('never');
    }
  });

  it('never reaches another Private VLAN or an ordinary VLAN; a trunk that carries its VLAN may see it', () => {
    expect([otherRouter, ordinary, narrowTrunk].map((one) => broadcast(isolated, one))).to.deep.equal(
      Array(3).fill('never'),
    );
    expect(broadcast(isolated, trunk)).to.equal('may');
  });

  it('is heard untagged and with a mere priority, and with no other tag', () => {
    expect(broadcast(isolated, router, tagged(0))).to.equal('must');
    for (const vids of [[2102], [2200], [30], [4095], [2102, 0]]) {
      for (const receiver of everybody) expect(broadcast(isolated, receiver, tagged(...vids))).to.equal('never');
    }
  });

  it('is not heard at all when it uses an address that is not its own', () => {
    for (const src of [mac(router), mac(neighbour), '02:ff:ff:ff:ff:ff', '03:00:00:00:00:01']) {
      for (const receiver of everybody) expect(broadcast(isolated, receiver, { src })).to.equal('never');
    }
  });

  it('is not heard when it speaks for another in ARP or neighbour discovery', () => {
    expect(broadcast(isolated, router, { claimedMac: mac(router) })).to.equal('never');
    expect(broadcast(isolated, router, { claimedMac: mac(isolated) })).to.equal('must');
  });

  it('says nothing in headers that deceive, in tags of old types, or, where its addresses are known, without one', () => {
    const known = station('a', { kind: 'isolated', pvlan: P }, ['10.0.0.7']);
    expect(broadcast(isolated, router, { isDeceptive: true })).to.equal('never');
    expect(broadcast(router, isolated, { isDeceptive: true })).to.equal('must');
    expect(broadcast(isolated, router, { ethertype: 0x9100 })).to.equal('never');
    expect(broadcast(isolated, router, { ethertype: 0x8863 })).to.equal('must');
    expect(broadcast(known, router, { ethertype: 0x8863 })).to.equal('never');
  });

  it('is held to its IP addresses where they are known', () => {
    const known = station('a', { kind: 'isolated', pvlan: P }, ['10.0.0.7']);
    const ipv4 = { ethertype: 0x0800 };
    expect(broadcast(known, router, { ...ipv4, claimedIp: '10.0.0.7' })).to.equal('must');
    expect(broadcast(known, router, { ...ipv4, claimedIp: '0.0.0.0' })).to.equal('must');
    expect(broadcast(known, router, { ...ipv4, claimedIp: '10.0.0.8' })).to.equal('never');
    expect(broadcast(isolated, router, { claimedIp: '10.0.0.8' })).to.equal('must');
  });
});

describe('the model: a community', () => {
  it('must reach its own members on the same switch and promiscuous stations', () => {
    for (const to of [redToo, router, routerOnTrunk]) {
      expect(broadcast(red, to)).to.equal('must');
      expect(unicast(red, to)).to.equal('must');
    }
  });

  it('never reaches another community or an isolated station', () => {
    for (const to of [blue, isolated, remote]) expect(broadcast(red, to)).to.equal('never');
  });

  it('ends at the switch without a VLAN of its own, and spans switches with one', () => {
    expect(broadcast(red, redRemote)).to.equal('never');
    const spanning = { ...network, pvlans: [{ primary: 2102, secondaries: [2103, 2104] }] };
    expect(mayDeliver(red, redRemote, frame(red, EVERYONE), spanning)).to.equal('must');
    expect(mayDeliver(red, blue, frame(red, EVERYONE), spanning)).to.equal('never');
  });
});

describe('the model: a promiscuous station', () => {
  it('must reach every station of its Private VLAN', () => {
    for (const guest of guests) {
      expect(broadcast(router, guest)).to.equal('must');
      expect(unicast(router, guest)).to.equal('must');
      expect(broadcast(routerOnTrunk, guest, tagged(2102))).to.equal('must');
    }
    expect(unicast(router, routerOnTrunk)).to.equal('must');
  });

  it('shows no guest a frame to another station', () => {
    for (const guest of guests) {
      expect(mayDeliver(router, guest, frame(router, '02:ff:ff:ff:ff:ff'), network)).to.equal('never');
    }
    expect(mayDeliver(router, routerOnTrunk, frame(router, mac(isolated)), network)).to.equal('may');
  });

  it('never reaches another Private VLAN, whatever tag it puts on', () => {
    const elsewhere = station('a', { kind: 'isolated', pvlan: Q });
    for (const tags of [tagged(), tagged(2200), tagged(0, 2200)]) {
      expect(broadcast(router, elsewhere, tags)).to.equal('never');
    }
  });

  it('may be stopped at the next switch when it uses an address that is not known as promiscuous', () => {
    expect(broadcast(router, remote, { src: '02:ff:ff:ff:ff:ff' })).to.equal('may');
  });
});

describe('the model: ordinary stations', () => {
  it('talk within their VLAN as on any switch', () => {
    expect(broadcast(ordinary, ordinaryToo)).to.equal('must');
    expect(broadcast(ordinary, trunk)).to.equal('must');
    expect(broadcast(trunk, ordinary, tagged(30))).to.equal('must');
    expect(broadcast(trunk, narrowTrunk)).to.equal('must');
    expect(broadcast(trunk, ordinary)).to.equal('never');
    expect(mayDeliver(ordinary, ordinaryToo, frame(ordinary, mac(trunk)), network)).to.equal('may');
  });

  it('may use any source address in an ordinary VLAN, as a guest with guests of its own does', () => {
    expect(broadcast(ordinary, ordinaryToo, { src: '02:ff:ff:ff:ff:ff' })).to.equal('must');
  });

  it('never reach guests of a Private VLAN, whatever tags and source address they use', () => {
    for (const src of [mac(trunk), mac(router), mac(isolated)]) {
      for (const vids of [[], [0], [2102], [2103], [0, 2102], [2102, 2102], [30, 2102]]) {
        for (const from of [ordinary, trunk, narrowTrunk]) {
          for (const guest of guests) expect(broadcast(from, guest, { src, ...tagged(...vids) })).to.equal('never');
        }
      }
    }
  });

  it('may reach what the next tag says where a link takes the first one off, but never guests', () => {
    const native = { ...network, untaggedVlans: [0, 30] };
    const hidden = frame(ordinary, EVERYONE, { src: mac(router), ...tagged(0, 2102) });
    expect(mayDeliver(ordinary, router, hidden, network)).to.equal('never');
    expect(mayDeliver(ordinary, router, hidden, native)).to.equal('may');
    expect(mayDeliver(ordinary, remote, hidden, native)).to.equal('never');
  });

  it('may reach promiscuous stations over a trunk that carries the primary VLAN, and only so', () => {
    expect(broadcast(trunk, router, tagged(2102))).to.equal('may');
    expect(broadcast(trunk, router)).to.equal('never');
    expect(broadcast(narrowTrunk, router, tagged(2102))).to.equal('never');
    expect(broadcast(ordinary, router, tagged(2102))).to.equal('never');
  });
});

describe('the model: a station with an address that is not its alone', () => {
  it('may be shut off when a peer has the address', () => {
    const contested: Station = { ...isolated, standing: 'contested' };
    expect(broadcast(contested, router)).to.equal('may');
    expect(broadcast(router, contested)).to.equal('may');
    expect(broadcast(contested, neighbour)).to.equal('never');
  });

  it('neither speaks nor hears when the address is that of a promiscuous station', () => {
    const impostor: Station = { ...isolated, macs: router.macs, standing: 'impostor' };
    for (const other of everybody) {
      expect(broadcast(impostor, other)).to.equal('never');
      expect(broadcast(other, impostor)).to.equal('never');
    }
  });
});

describe('the model: every station', () => {
  it('must be heard with 1500 bytes of content, and may be heard with more', () => {
    expect(broadcast(isolated, router, { length: 1514 })).to.equal('must');
    expect(broadcast(routerOnTrunk, isolated, { length: 1518, ...tagged(2102) })).to.equal('must');
    expect(broadcast(isolated, router, { length: 1515 })).to.equal('may');
    expect(broadcast(router, isolated, { length: 1515 })).to.equal('may');
  });

  it('is never heard with the reserved VLAN 4095, and never hears itself', () => {
    for (const from of everybody) {
      for (const to of everybody) expect(broadcast(from, to, tagged(4095))).to.equal('never');
      expect(broadcast(from, from)).to.equal('never');
    }
  });

  it('may or may not be heard with what is for switches alone, and guests neither say nor hear it', () => {
    for (const address of ['01:80:c2:00:00:0e', '01:80:c2:00:00:21', '01:00:0c:cc:cc:cd', '00:e0:2b:00:00:04']) {
      const heard = (from: Station, to: Station): string => mayDeliver(from, to, frame(from, address), network);
      expect(heard(router, routerOnTrunk)).to.equal('may');
      expect(heard(isolated, router)).to.equal('never');
      expect(heard(router, isolated)).to.equal('never');
    }
  });
});

describe('the model: thieves and ports of every kind', () => {
  const thief: Station = { ...station('a', { kind: 'trunk', trunks: [] }), isHeld: true };
  const tunnel: Station = { ...station('a', { kind: 'tunnel', vlan: P.primary }), isHeld: true };
  const native = station('a', { kind: 'promiscuous', pvlan: P, tagged: true, accepts: 'either' });
  const customers = station('b', { kind: 'promiscuous', pvlan: P, tagged: false, accepts: 'all' });

  it('lets one that says who it is use no other address in a Private VLAN, and any elsewhere', () => {
    const stolen = { ...tagged(P.primary), src: mac(remote) };
    expect(everybody.filter((one) => broadcast(thief, one, stolen) !== 'never')).to.deep.equal([]);
    expect(broadcast(tunnel, router, { src: mac(remote) })).to.equal('never');
    expect(broadcast(thief, ordinary, { ...tagged(30), src: mac(remote) })).to.equal('must');
    expect(broadcast(thief, router, tagged(P.primary))).to.equal('may');
    expect(broadcast(trunk, router, stolen)).to.equal('may');
  });

  it('takes frames of a native VLAN with and without its tag, and all of a tunnel port', () => {
    expect(broadcast(native, isolated)).to.equal('must');
    expect(broadcast(native, isolated, tagged(P.primary))).to.equal('must');
    expect(broadcast(native, isolated, tagged(30))).to.equal('never');
    expect(broadcast(customers, isolated)).to.equal('must');
    expect(broadcast(customers, isolated, tagged(30))).to.equal('may');
    expect(broadcast(customers, routerOnTrunk, tagged(30))).to.equal('must');
    expect(broadcast(tunnel, isolated, tagged(30))).to.equal('never');
  });
});
