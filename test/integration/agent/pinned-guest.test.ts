import { expect } from 'chai';
import { NO_GUARDS, type LinkLocal } from '../../../src/pvlan/policy.ts';
import { ipPrefix } from '../../../src/pvlan/ip-prefix.ts';
import { NO_FACTS, type GuestFacts } from '../../../src/pvlan/guest-facts.ts';
import type { GroupMac, Mac } from '../../../src/pvlan/mac.ts';
import { EtherType, ethernet, macBytes } from '../../lab/ethernet.ts';
import { icmpv6 } from '../../lab/icmpv6.ts';
import { ipv4, linkLocal, Protocol } from '../../lab/ip.ts';
import * as frames from '../../lab/frames.ts';
import { Lab } from '../../lab/lab.ts';
import { Prober } from '../../lab/probe.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102 } from '../../support/duo.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import type { Host } from '../../lab/host.ts';

const GUEST = '02:00:00:00:00:01';
const OTHER = '02:00:00:00:00:02';
const ROUTER = '02:00:00:00:00:09';
/** As Windows and NetworkManager make them up (RFC 7217). */
const RANDOM = 'fe80::5d1c:73aa:9b02:4e17';
const OTHERS_LISTED = 'fe80::7777:1:2:3';
const GLOBAL = '2001:db8::1';
const MULTICAST_6 = '33:33:00:00:00:01';

function rarp(sender: string): Buffer {
  const head = Buffer.from('0001080006040003', 'hex');
  const message = Buffer.concat([head, macBytes(sender), Buffer.alloc(4), macBytes(sender), Buffer.alloc(4)]);
  return ethernet(frames.BROADCAST, GUEST, EtherType.RARP, message);
}

function from6(srcIp: string): Record<string, Buffer> {
  const path = { src: GUEST, dst: MULTICAST_6, srcIp, dstIp: 'ff02::1' };
  return {
    [`datagram from ${srcIp}`]: frames.udp(path, 546, 547),
    [`router solicitation from ${srcIp}`]: frames.routerSolicitation({ src: GUEST, srcIp }),
    [`listener report from ${srcIp}`]: icmpv6(path, 143, Buffer.alloc(4)),
    [`neighbour solicitation from ${srcIp}`]: frames.neighborSolicitation({ src: GUEST, srcIp, target: 'fe80::9' }),
    [`advertisement of ${srcIp}`]: frames.neighborAdvertisement({ src: GUEST, srcIp, target: srcIp }),
    ...detection(srcIp),
  };
}

function detection(target: string): Record<string, Buffer> {
  const frame = frames.neighborSolicitation({ src: GUEST, srcIp: '::', linkLayer: false, target });
  return { [`detection of ${target}`]: frame };
}

function probe(targetIp: string): Record<string, Buffer> {
  return { [`probe for ${targetIp}`]: frames.arpRequest({ src: GUEST, senderIp: '0.0.0.0', targetIp }) };
}

/** Needed by every guest with 10.0.0.1 and 2001:db8::1 as its addresses. */
const NEEDED: Readonly<Record<string, Buffer>> = {
  ...from6(GLOBAL),
  ...probe('10.0.0.1'),
  ...{
    'DHCP discover': frames.dhcpDiscover({ src: GUEST }),
    'ARP announcement': frames.gratuitousArp({ src: GUEST, senderIp: '10.0.0.1' }),
    'IGMP from 10.0.0.1': igmp('10.0.0.1'),
    'IGMP from 0.0.0.0': igmp('0.0.0.0'),
    'RARP of a hypervisor': rarp(GUEST),
  },
  'listener report from ::': icmpv6(
    { src: GUEST, dst: MULTICAST_6, srcIp: '::', dstIp: 'ff02::16' },
    143,
    Buffer.alloc(4),
  ),
};

/** Nobody's to say. */
const FORBIDDEN: Readonly<Record<string, Buffer>> = {
  ...from6('2001:db8::2'),
  ...from6(linkLocal(OTHER)),
  ...from6(linkLocal(ROUTER)),
  ...from6(OTHERS_LISTED),
  ...from6('fe80::1'),
  ...from6('fe81::1:2:3:4'),
  ...probe('10.0.0.9'),
  'RARP for another': rarp(OTHER),
  'ARP from another address': frames.gratuitousArp({ src: GUEST, senderIp: '10.0.0.9' }),
  'advertisement of another address': frames.neighborAdvertisement({ src: GUEST, srcIp: GLOBAL, target: 'fe80::1' }),
};

/** PPPoE discovery and session, MPLS, MACsec, an experimental type. */
const OTHER_PROTOCOLS: Readonly<Record<string, Buffer>> = {
  ...Object.fromEntries(
    [0x8863, 0x8864, 0x8847, 0x8848, 0x88e5, 0x88b5].map((type) => [
      `type 0x${type.toString(16)}`,
      frames.experimental(frames.BROADCAST, GUEST, type),
    ]),
  ),
  LLC: frames.llc(frames.BROADCAST, GUEST),
};

function igmp(srcIp: string): Buffer {
  const path = { src: GUEST, dst: '01:00:5e:00:00:16', srcIp, dstIp: '224.0.0.22' };
  return ipv4(path, Protocol.IGMP, Buffer.from('2200ddff00000000', 'hex'), 1);
}

function facts(...addresses: readonly string[]): GuestFacts {
  return { ...NO_FACTS, addresses: addresses.flatMap((text) => ipPrefix(text) ?? []) };
}

describe('a guest whose addresses are known', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let guest: Endpoint;

  before(async () => {
    lab = await Lab.create();
    host = await lab.host('a');
    await host.addBridge('br0');
    guest = await host.plug({ name: 'guest', mac: GUEST, portProfile: 'isolated-2102' });
    await host.plug({ name: 'other', mac: OTHER, portProfile: 'isolated-2102' });
    await host.plug({ name: 'router', mac: ROUTER, portProfile: 'promisc-2102' });
  });

  after(() => lab.close());

  /** Names of the frames that reach the router under these settings; the other guest must get none. */
  async function arriving(
    wanted: Readonly<Record<string, Buffer>>,
    guards: Partial<typeof NO_GUARDS> = {},
    own: GuestFacts = facts('10.0.0.1', GLOBAL),
  ): Promise<string[]> {
    const guests = new Map([
      [GUEST as Mac, own],
      [OTHER as Mac, facts('10.0.0.2', '2001:db8::2', OTHERS_LISTED)],
    ]);
    const pvlans = [{ ...PVLAN_2102, guards: { ...NO_GUARDS, ...guards } }];
    const agent = await AgentOn.start(host, { config: { pvlans, guests } });
    await agent.reached('installed', 'guest', 'other', 'router');
    const probes = Object.entries(wanted).map(([label, frame]) => ({ from: guest, frame, label }));
    const deliveries = await new Prober(lab.hosts).send(probes);
    await agent.stop();
    expect(deliveries.filter(({ receiver }) => receiver.name === 'other')).to.deep.equal([]);
    return deliveries.map(({ probe: { label = '' } }) => label);
  }

  it('says all it needs, and nothing that speaks for another or takes an address away', async () => {
    expect(await arriving(NEEDED)).to.have.members(Object.keys(NEEDED));
    expect(await arriving(FORBIDDEN)).to.deep.equal([]);
  });

  it('uses a link-local address of its own making where that is nobody else’s', async () => {
    expect(await arriving(from6(RANDOM))).to.have.members(Object.keys(from6(RANDOM)));
    expect(await arriving(from6(linkLocal(GUEST)))).to.have.members(Object.keys(from6(linkLocal(GUEST))));
    // By hand, or by chance of the form that belongs to a MAC address: listed, it is the guest's.
    for (const listed of ['fe80::1', linkLocal('02:00:00:00:00:77')]) {
      expect(await arriving(from6(listed), {}, facts(GLOBAL, listed))).to.have.members(Object.keys(from6(listed)));
    }
  });

  it('uses none but what its MAC address gives, or what is listed, where the operator says so', async () => {
    const cases: [LinkLocal, string, boolean][] = [
      ['eui64', RANDOM, false],
      ['eui64', linkLocal(GUEST), true],
      ['listed', RANDOM, false],
      ['listed', linkLocal(GUEST), false],
    ];
    for (const [policy, address, passes] of cases) {
      const expected = passes ? Object.keys(from6(address)) : [];
      expect(await arriving(from6(address), { linkLocal: policy }), policy).to.have.members(expected);
    }
    const listed = await arriving(from6(RANDOM), { linkLocal: 'listed' }, facts(GLOBAL, RANDOM));
    expect(listed).to.have.members(Object.keys(from6(RANDOM)));
  });

  it('names the group address of its cluster as its own, and speaks from none', async () => {
    const cluster = '03:bf:0a:00:00:64' as GroupMac;
    const claim = (senderMac: string): Record<string, Buffer> => ({
      [`ARP of ${senderMac}`]: frames.arpReply({
        src: GUEST,
        dst: ROUTER,
        senderMac,
        senderIp: '10.0.0.1',
        targetIp: '10.0.0.9',
      }),
    });
    const own = { ...facts('10.0.0.1'), groupMacs: [cluster] };
    const mine = claim(cluster);
    expect(await arriving(mine, {}, own)).to.deep.equal(Object.keys(mine));
    const forged = {
      ...claim('03:bf:0a:00:00:65'),
      'from the group': frames.udp({ src: cluster, dst: ROUTER, srcIp: '10.0.0.1', dstIp: '10.0.0.9' }, 4000, 5000),
    };
    expect(await arriving(forged, {}, own)).to.deep.equal([]);
  });

  it('says nothing in which no address stands, unless the operator lets it', async () => {
    expect(await arriving(OTHER_PROTOCOLS)).to.deep.equal([]);
    expect(await arriving(OTHER_PROTOCOLS, { otherProtocols: false })).to.have.members(Object.keys(OTHER_PROTOCOLS));
  });
});
