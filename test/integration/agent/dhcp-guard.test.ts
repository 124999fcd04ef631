import { expect } from 'chai';
import { internetChecksum } from '../../lab/checksum.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import { ipOf, type FrameClass } from '../../lab/frame-classes.ts';
import { dhcpDiscover, dhcpOffer, linkLocal, udp } from '../../lab/frames.ts';
import { ipv6, type Path } from '../../lab/ip.ts';
import { NO_GUARDS } from '../../../src/pvlan/policy.ts';
import { Lab } from '../../lab/lab.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { offences, PVLAN_2102 } from '../../support/duo.ts';

const ETHERNET = 14;
const IPV6_FRAGMENT = 44;

/** The frame of IPv4 as the first fragment of a longer packet (RFC 791: flag MF). */
function firstFragment(frame: Buffer): Buffer {
  const copy = Buffer.from(frame);
  const header = copy.subarray(ETHERNET, ETHERNET + 20);
  header.writeUInt16BE(0x2000, 6);
  header.writeUInt16BE(0, 10);
  header.writeUInt16BE(internetChecksum(header), 10);
  return copy;
}

/** UDP over IPv6 as the first fragment of a longer packet (RFC 8200 section 4.5: flag M). */
function firstFragment6(path: Path, srcPort: number, dstPort: number): Buffer {
  const datagram = udp(path, srcPort, dstPort).subarray(ETHERNET + 40);
  return ipv6(path, IPV6_FRAGMENT, Buffer.concat([Buffer.from('1100000100000001', 'hex'), datagram]));
}

function path4(from: Endpoint, to: Endpoint): Path {
  return { src: from.mac, dst: to.mac, srcIp: ipOf(from), dstIp: ipOf(to) };
}

function path6(from: Endpoint, to: Endpoint): Path {
  return { src: from.mac, dst: to.mac, srcIp: linkLocal(from.mac), dstIp: linkLocal(to.mac) };
}

/** By what a guest may pose as a DHCP server. */
const SERVER: readonly FrameClass[] = [
  { name: 'to port 68', to: 'one', build: (from, to) => udp(path4(from, to), 1067, 68) },
  { name: 'to port 546', to: 'one', build: (from, to) => udp(path6(from, to), 1547, 546) },
  { name: 'from port 547', to: 'one', build: (from, to) => udp(path6(from, to), 547, 1546) },
  {
    name: 'a fragment',
    to: 'all',
    build: (from) => firstFragment(dhcpOffer({ src: from.mac, srcIp: ipOf(from), client: '02:00:00:00:00:77' })),
  },
  { name: 'a fragment of IPv6', to: 'one', build: (from, to) => firstFragment6(path6(from, to), 547, 546) },
];

const CLIENT: readonly FrameClass[] = [
  { name: 'DHCP discover', to: 'all', build: (from) => dhcpDiscover({ src: from.mac }) },
  { name: 'DHCPv6 solicit', to: 'one', build: (from, to) => udp(path6(from, to), 546, 547) },
  { name: 'UDP', to: 'one', build: (from, to) => udp(path4(from, to), 4000, 5000) },
];

describe('a community whose guests may not be DHCP servers', function () {
  this.timeout(60_000);
  let lab: Lab;
  let agent: AgentOn;
  let endpoints: readonly Endpoint[];

  before(async () => {
    lab = await Lab.create();
    const host = await lab.host('a');
    await host.addBridge();
    endpoints = [
      await host.plug({ name: 'g1', mac: '02:00:00:00:00:01', portProfile: 'community-2102-web' }),
      await host.plug({ name: 'g2', mac: '02:00:00:00:00:02', portProfile: 'community-2102-web' }),
      await host.plug({ name: 'router', mac: '02:00:00:00:00:09', portProfile: 'promisc-2102' }),
    ];
    const guards = { ...NO_GUARDS, dhcpServer: true };
    agent = await AgentOn.start(host, { config: { pvlans: [{ ...PVLAN_2102, guards }] } });
    await agent.reached('installed', 'g1', 'g2', 'router');
  });

  after(async () => {
    await agent.stop();
    await lab.close();
  });

  it('hears DHCP from its router alone, whatever ports or fragments a guest sends it by', async () => {
    expect(await offences(lab, endpoints, (from) => from.name === 'router', SERVER)).to.equal('');
  });

  it('may ask for addresses, and say everything else', async () => {
    expect(await offences(lab, endpoints, () => true, CLIENT)).to.equal('');
  });
});
