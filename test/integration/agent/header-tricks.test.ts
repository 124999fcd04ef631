import { expect } from 'chai';
import { execa } from 'execa';
import { NO_GUARDS } from '../../../src/pvlan/policy.ts';
import { be16, macBytes } from '../../lab/ethernet.ts';
import { internetChecksum } from '../../lab/checksum.ts';
import { Fence } from '../../lab/fence.ts';
import { ARP_TRICKS, IPV4_TRICKS, IPV6_TRICKS } from '../../lab/header-tricks.ts';
import { ipv4, ipv6, ipv6Bytes, pseudoHeader, Protocol, type Path } from '../../lab/ip.ts';
import { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { AgentOn } from '../../support/agent-on.ts';
import { PVLAN_2102, ROUTER_MAC } from '../../support/duo.ts';
import type { Endpoint } from '../../lab/endpoint.ts';
import type { Router } from '../../lab/router.ts';

const ROUTER_4 = '10.0.0.254';
const ROUTER_6 = 'fe80::fe';
/** The address that every message claims for a neighbour; it is no port's. */
const FOREIGN = '02:00:00:00:0b:ad';

function icmp6(path: Path, type: number, body: Buffer): Buffer {
  const message = Buffer.concat([Buffer.of(type, 0, 0, 0), body]);
  message.writeUInt16BE(internetChecksum(pseudoHeader(path, Protocol.ICMPV6, message.length), message), 2);
  return message;
}

function datagram(path: Path, port: number, text: string): Buffer {
  const data = Buffer.from(text);
  const message = Buffer.concat([be16(4000), be16(port), be16(8 + data.length), be16(0), data]);
  message.writeUInt16BE(internetChecksum(pseudoHeader(path, Protocol.UDP, message.length), message), 6);
  return message;
}

/** Print what comes to the ports of DHCP clients. */
const LISTENERS = ['UDP4-RECV:68', 'UDP6-RECV:546,ipv6only=1'];

/** One message in the headers of one trick. */
interface Attempt {
  readonly name: string;
  readonly frames: readonly Buffer[];
  /** What the receiver shows once it has taken the message. */
  readonly trace: string;
}

/** A neighbour solicitation, which makes its receiver believe the link-layer address of its source. */
function solicitations(from: string, series: number): Attempt[] {
  return IPV6_TRICKS.map(({ name, frames }, index) => {
    const srcIp = `fe80::${series}:${index + 1}`;
    const path = { src: from, dst: ROUTER_MAC, srcIp, dstIp: ROUTER_6 };
    const body = Buffer.concat([Buffer.alloc(4), ipv6Bytes(ROUTER_6), Buffer.of(1, 1), macBytes(FOREIGN)]);
    return {
      name,
      frames: frames(path, Protocol.ICMPV6, icmp6(path, 135, body)),
      trace: `${srcIp} lladdr ${FOREIGN} `,
    };
  });
}

function advertisements(from: string, series: number): Attempt[] {
  return IPV6_TRICKS.map(({ name, frames }, index) => {
    const srcIp = `fe80::a${series}:${index + 1}`;
    const path = { src: from, dst: ROUTER_MAC, srcIp, dstIp: ROUTER_6 };
    const body = Buffer.from('400007080000000000000000', 'hex');
    return { name, frames: frames(path, Protocol.ICMPV6, icmp6(path, 134, body)), trace: `via ${srcIp} ` };
  });
}

function datagrams(from: string, series: number): Attempt[] {
  const six = IPV6_TRICKS.map(({ name, frames }, index) => {
    const path = { src: from, dst: ROUTER_MAC, srcIp: 'fe80::9', dstIp: ROUTER_6 };
    const text = `[six-${series}-${index}]`;
    return { name: `IPv6, ${name}`, frames: frames(path, Protocol.UDP, datagram(path, 546, text)), trace: text };
  });
  const four = IPV4_TRICKS.map(({ name, frames }, index) => {
    const path = { src: from, dst: ROUTER_MAC, srcIp: '10.0.0.9', dstIp: ROUTER_4 };
    const text = `[four-${series}-${index}]`;
    return { name: `IPv4, ${name}`, frames: frames(path, Protocol.UDP, datagram(path, 68, text)), trace: text };
  });
  return [...six, ...four];
}

function arps(from: string, series: number): Attempt[] {
  return ARP_TRICKS.map(({ name, frame }, index) => {
    const ip = [10, 0, series, index + 1];
    const raw = frame({ src: from, dst: ROUTER_MAC }, FOREIGN, Buffer.from(ip), Buffer.of(10, 0, 0, 254));
    return { name, frames: [raw], trace: `${ip.join('.')} lladdr ${FOREIGN} ` };
  });
}

describe('headers that Open vSwitch and a Linux router may read differently', function () {
  this.timeout(120_000);
  let lab: Lab;
  let agent: AgentOn;
  let router: Router;
  let fence: Fence;
  let trusted: Endpoint;
  let guests: Endpoint[];
  let series = 0;

  before(async () => {
    lab = await Lab.create();
    const host = await lab.host('a');
    const upstream = await lab.upstream([host]);
    router = await upstream.router({ name: 'r', mac: ROUTER_MAC, tag: 2102, addresses: [`${ROUTER_4}/16`] });
    const settings = ['disable_ipv6=0', 'accept_dad=0', 'accept_ra=2', 'forwarding=0', 'suppress_frag_ndisc=0'];
    for (const setting of settings) await router.run('sysctl', '-q', '-w', `net.ipv6.conf.eth0.${setting}`);
    await router.run('ip', 'address', 'add', `${ROUTER_6}/64`, 'dev', 'eth0', 'nodad');
    trusted = await host.plug({ name: 'trusted', mac: '02:00:00:00:00:01', portProfile: 'promisc-2102' });
    guests = [
      await host.plug({ name: 'any', mac: '02:00:00:00:00:02', portProfile: 'isolated-2102' }),
      await host.plug({ name: 'pinned', mac: '02:00:00:00:00:03', portProfile: 'isolated-2102' }),
    ];
    const guards = { ...NO_GUARDS, dhcpServer: true, routerAdvertisement: true };
    const addresses = [
      { family: 4, address: '10.0.0.9', length: 32 },
      { family: 6, address: 'fe80::9', length: 128 },
    ] as const;
    const facts = new Map([[guests[1]!.mac, { addresses, extraMacs: [] }]]) as never;
    agent = await AgentOn.start(host, { config: { pvlans: [{ ...PVLAN_2102, guards }], guests: facts } });
    await agent.reached('installed', 'trusted', 'any', 'pinned');
    fence = new Fence(lab.hosts);
    await fence.settle();
  });

  after(async () => {
    await agent.stop();
    await lab.close();
  });

  /** The names of the attempts that the router's kernel took from `sender`. */
  async function taken(
    make: (from: string, series: number) => readonly Attempt[],
    sender: Endpoint,
    shown: () => Promise<string>,
  ): Promise<string[]> {
    series += 1;
    const attempts = make(sender.mac, series);
    for (const { frames } of attempts) {
      for (const frame of frames) await sender.send(frame);
      await fence.pass();
    }
    const text = `${(await shown()).replaceAll('\n', ' \n')} `;
    return attempts.filter(({ trace }) => text.includes(trace)).map(({ name }) => name);
  }

  const neighbours = async (): Promise<string> => router.run('ip', 'neighbour', 'show', 'dev', 'eth0');
  const routes = async (): Promise<string> => router.run('ip', '-6', 'route', 'show', 'default');

  it('make it believe no neighbour that a guest speaks of', async () => {
    const believed = await taken(solicitations, trusted, neighbours);
    // Where the switch does not guard, the kernel takes these: so they would arrive if they were let through.
    expect(believed).to.include.members(['hop-by-hop', 'hop-by-hop, payload length 0', 'atomic fragment']);
    for (const guest of guests) expect(await taken(solicitations, guest, neighbours), guest.name).to.deep.equal([]);
  });

  it('make it take no route that a guest advertises', async () => {
    const believed = await taken(advertisements, trusted, routes);
    expect(believed).to.include.members(['hop-by-hop', 'hop-by-hop, payload length 0', 'atomic fragment']);
    for (const guest of guests) expect(await taken(advertisements, guest, routes), guest.name).to.deep.equal([]);
  });

  it('make it hear no guest as a DHCP server', async () => {
    let heard = '';
    const listeners = LISTENERS.map((address) => {
      const [file = '', ...args] = router.wrap(['socat', '-u', address, 'STDOUT']);
      const listener = execa(file, args, { reject: false });
      listener.stdout.on('data', (chunk: Buffer) => {
        heard += chunk.toString('latin1');
      });
      return listener;
    });
    await until('the router to listen', async () => {
      const sockets = await router.run('ss', '--udp', '--listening', '--numeric');
      return /:68\s/.test(sockets) && /:546\s/.test(sockets);
    });
    const whatCame = async (): Promise<string> => {
      const text = `[last-${series}]`;
      const four = { src: trusted.mac, dst: ROUTER_MAC, srcIp: '10.0.0.8', dstIp: ROUTER_4 };
      const six = { src: trusted.mac, dst: ROUTER_MAC, srcIp: 'fe80::8', dstIp: ROUTER_6 };
      await trusted.send(ipv4(four, Protocol.UDP, datagram(four, 68, `4${text}`)));
      await trusted.send(ipv6(six, Protocol.UDP, datagram(six, 546, `6${text}`)));
      await until('the last datagrams to be heard', () => heard.includes(`4${text}`) && heard.includes(`6${text}`));
      return heard;
    };
    try {
      expect(await taken(datagrams, trusted, whatCame)).to.include.members([
        ...['IPv6, hop-by-hop', 'IPv6, hop-by-hop, payload length 0', 'IPv6, two fragments', 'IPv4, options'],
        'IPv4, two fragments',
      ]);
      for (const guest of guests) expect(await taken(datagrams, guest, whatCame), guest.name).to.deep.equal([]);
    } finally {
      for (const listener of listeners) listener.kill();
      await Promise.all(listeners);
    }
  });

  it('make it believe no ARP that a guest forges', async () => {
    expect(await taken(arps, trusted, neighbours)).to.include.members(['plain', 'IEEE 802 hardware']);
    for (const guest of guests) expect(await taken(arps, guest, neighbours), guest.name).to.deep.equal([]);
  });
});
