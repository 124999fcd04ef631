import { BROADCAST, EtherType, macBytes } from '../lab/ethernet.ts';
import { linkLocal } from '../lab/ip.ts';
import * as frames from '../lab/frames.ts';
import { ipv4Of } from './network.ts';
import type { Content, FrameSpec } from './topology.ts';
import type { Plugged, SlotVlans } from './network.ts';
import type { Station } from './station.ts';

const MULTICAST = '01:00:5e:00:00:fb';
const MULTICAST_6 = '33:33:00:00:00:fb';
/** A station that does not exist. */
const NOBODY = '02:00:00:02:00:01';
/** A group address where an address of one station belongs. */
const GROUP_SOURCE = '03:00:00:00:00:01';
/** Payload that fills a frame of 1500 bytes, with room for the mark that a probe bears. */
const FULL_SIZE = 1500 - 20 - 8 - 8;

/** Groups by which switches speak to each other, by what they say. */
const RESERVED_ADDRESSES: Partial<Readonly<Record<Content, string>>> = {
  lldp: '01:80:c2:00:00:0e',
  eapol: '01:80:c2:00:00:03',
  bpdu: '01:80:c2:00:00:00',
  pvst: '01:00:0c:cc:cc:cd',
  cdp: '01:00:0c:cc:cc:cc',
  isl: '01:00:0c:00:00:00',
  'cisco-cfm': '01:00:0c:cc:cc:c5',
  edp: '00:e0:2b:00:00:00',
  eaps: '00:e0:2b:00:00:06',
  gvrp: '01:80:c2:00:00:21',
};

/** The bytes of a frame of the test case. */
export function buildFrame(spec: FrameSpec, ports: readonly Plugged[], vlans: SlotVlans): Buffer {
  const station = (index: number): Station => {
    const one = ports[index];
    if (one === undefined) throw new RangeError(`the test case has no port ${index}`);
    return one.station;
  };
  const sender = station(spec.from);
  const claimed = spec.claim === 'own' ? sender : station(spec.claim);
  const target = typeof spec.to === 'number' ? station(spec.to) : undefined;
  const address = (one: Station | undefined): string => (spec.extra ? one?.macs.at(-1) : one?.macs[0]) ?? NOBODY;
  const frame = content(spec.content, address(sender), address(claimed), address(target));
  macBytes(destination(spec, address(target))).copy(frame, 0);
  macBytes(source(spec, (index) => address(index === 'own' ? sender : station(index)))).copy(frame, 6);
  const pvlan = 'pvlan' in sender.port ? sender.port.pvlan.primary : undefined;
  const index = pvlan !== undefined && pvlan === vlans.primary(1) ? 1 : 0;
  return spec.tags.reduceRight(
    (inner, tag) =>
      frames.tag(inner, vlans.of(tag, index), tag.priority ?? 0, tag.service ? EtherType.QINQ : EtherType.VLAN),
    frame,
  );
}

function destination({ to, content }: FrameSpec, target: string): string {
  switch (to) {
    case 'broadcast':
      return BROADCAST;
    case 'multicast':
      return /6$|^neighbour|^router/.test(content) ? MULTICAST_6 : MULTICAST;
    case 'reserved':
      return RESERVED_ADDRESSES[content] ?? '01:80:c2:00:00:0e';
    default:
      return to === 'unknown' ? NOBODY : target;
  }
}

function source({ source }: FrameSpec, address: (index: number | 'own') => string): string {
  if (source === 'group') return GROUP_SOURCE;
  if (source === 'unknown') return NOBODY;
  return address(source);
}

/** Content that speaks of the address `mac`, with whatever Ethernet addresses. */
function content(kind: Content, src: string, mac: string, targetMac: string): Buffer {
  const ip = ipv4Of(mac);
  const ip6 = linkLocal(mac);
  const targetIp = ipv4Of(targetMac);
  const path4 = { src, dst: targetMac, srcIp: ip, dstIp: targetIp };
  const path6 = { src, dst: targetMac, srcIp: ip6, dstIp: linkLocal(targetMac) };
  switch (kind) {
    case 'raw':
      return frames.experimental(targetMac, src);
    case 'llc':
      return frames.llc(targetMac, src);
    case 'udp4':
      return frames.udp(path4, 4000, 5000);
    case 'ping4':
      return frames.icmpEcho(path4);
    case 'udp6':
      return frames.udp(path6, 4000, 5000);
    case 'full-size':
      return frames.udp(path4, 4000, 5000, Buffer.alloc(FULL_SIZE));
    case 'arp-request':
      return frames.arpRequest({ src, senderMac: mac, senderIp: ip, targetIp });
    case 'arp-reply':
      return frames.arpReply({ src, dst: targetMac, senderMac: mac, senderIp: ip, targetIp });
    case 'arp-announcement':
      return frames.gratuitousArp({ src, senderMac: mac, senderIp: ip });
    case 'neighbour-solicitation':
      return frames.neighborSolicitation({ src, srcIp: ip6, linkLayer: mac, target: linkLocal(targetMac) });
    case 'neighbour-advertisement':
      return frames.neighborAdvertisement({ src, srcIp: ip6, linkLayer: mac, target: ip6 });
    case 'router-solicitation':
      return frames.routerSolicitation({ src, srcIp: ip6, linkLayer: mac });
    case 'router-advertisement':
      return frames.routerAdvertisement({ src, srcIp: ip6, linkLayer: mac });
    case 'dhcp-discover':
      return frames.dhcpDiscover({ src: mac });
    case 'dhcp-offer':
      return frames.dhcpOffer({ src, srcIp: ip, client: targetMac });
    case 'lldp':
      return frames.lldp(src);
    case 'eapol':
      return frames.eapol(src);
    case 'bpdu':
      return frames.bpdu(src);
    case 'pvst':
    case 'cdp':
    case 'isl':
    case 'cisco-cfm':
    case 'edp':
    case 'eaps':
    case 'gvrp':
      return frames.llc(targetMac, src);
    case 'pppoe':
      return frames.experimental(targetMac, src, EtherType.PPPOE);
    case 'old-tag':
      return frames.experimental(targetMac, src, EtherType.OLD_TAG);
    case 'hidden-solicitation':
      return hiddenSolicitation(src, ip6, targetMac);
  }
}

/** A solicitation that hides behind a payload length of 0 and a hop-by-hop header: Linux takes it (`test/lab/header-tricks.ts`). */
function hiddenSolicitation(src: string, srcIp: string, targetMac: string): Buffer {
  const plain = frames.neighborSolicitation({ src, srcIp, linkLayer: NOBODY, target: linkLocal(targetMac) });
  const header = Buffer.from(plain.subarray(0, 54));
  header.writeUInt16BE(0, 18);
  header.writeUInt8(0, 20);
  return Buffer.concat([header, Buffer.of(58, 0, 1, 4, 0, 0, 0, 0), plain.subarray(54)]);
}
