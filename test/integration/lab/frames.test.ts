import { expect } from 'chai';
import fc from 'fast-check';
import { execa } from 'execa';
import * as frames from '../../lab/frames.ts';

const SRC = '02:00:00:00:00:0a';
const DST = '02:00:00:00:00:0b';
const PATH4 = { src: SRC, dst: DST, srcIp: '10.0.0.1', dstIp: '10.0.0.2' };
const PATH6 = { src: SRC, dst: DST, srcIp: frames.linkLocal(SRC), dstIp: frames.linkLocal(DST) };

/** What tcpdump, which knows every protocol here and checks checksums, says of the frame. */
async function dissect(frame: Buffer): Promise<string> {
  const header = Buffer.alloc(40);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(1, 20);
  header.writeUInt32LE(frame.length, 32);
  header.writeUInt32LE(frame.length, 36);
  const input = Buffer.concat([header, frame]);
  const { stdout } = await execa('tcpdump', ['-nnvve', '-r', '-'], { input, env: { LC_ALL: 'C' } });
  return stdout.replace(/\s+/g, ' ');
}

const cases: [string, Buffer, RegExp][] = [
  [
    'an ARP request',
    frames.arpRequest({ src: SRC, senderIp: '10.0.0.1', targetIp: '10.0.0.2' }),
    /ARP.*who-has 10.0.0.2 tell 10.0.0.1/,
  ],
  [
    'an ARP reply',
    frames.arpReply({ src: SRC, dst: DST, senderIp: '10.0.0.1', targetIp: '10.0.0.2' }),
    /Reply 10.0.0.1 is-at 02:00:00:00:00:0a/,
  ],
  ['a gratuitous ARP', frames.gratuitousArp({ src: SRC, senderIp: '10.0.0.1' }), /who-has 10.0.0.1 tell 10.0.0.1/],
  ['a ping', frames.icmpEcho(PATH4), /10.0.0.1 > 10.0.0.2: ICMP echo request/],
  ['a UDP datagram', frames.udp(PATH4, 4000, 5000), /10.0.0.1.4000 > 10.0.0.2.5000: \[udp sum ok\]/],
  ['a UDP datagram over IPv6', frames.udp(PATH6, 4000, 5000), /\[udp sum ok\]/],
  ['an IPv6 ping', frames.icmpv6Echo(PATH6), /\[icmp6 sum ok\] ICMP6, echo request/],
  [
    'a router solicitation',
    frames.routerSolicitation({ src: SRC }),
    /sum ok\] ICMP6, router solicitation.*source link-address option.*02:00:00:00:00:0a/,
  ],
  [
    'a router advertisement',
    frames.routerAdvertisement({ src: SRC }),
    /sum ok\] ICMP6, router advertisement.*lifetime 1800s/,
  ],
  [
    'a neighbour solicitation',
    frames.neighborSolicitation({ src: SRC, target: PATH6.dstIp }),
    /33:33:ff:00:00:0b.*sum ok\] ICMP6, neighbor solicitation.*who has fe80::ff:fe00:b/,
  ],
  [
    'a neighbour advertisement',
    frames.neighborAdvertisement({ src: SRC, target: PATH6.srcIp, linkLayer: DST }),
    /sum ok\] ICMP6, neighbor advertisement.*destination link-address option.*02:00:00:00:00:0b/,
  ],
  [
    'a DHCP discover',
    frames.dhcpDiscover({ src: SRC }),
    /udp sum ok\] BOOTP\/DHCP, Request from 02:00:00:00:00:0a.*DHCP-Message.*Discover/,
  ],
  [
    'a DHCP offer',
    frames.dhcpOffer({ src: SRC, srcIp: '10.0.0.1', client: DST }),
    /BOOTP\/DHCP, Reply.*DHCP-Message.*Offer/,
  ],
  ['an LLDP announcement', frames.lldp(SRC), /LLDP.*Chassis ID TLV/],
  ['an EAPOL start', frames.eapol(SRC), /EAPOL start/],
  ['a spanning tree message', frames.bpdu(SRC), /STP 802.1d, Config/],
  ['a VRRP announcement', frames.vrrp(7, '10.0.0.1'), /00:00:5e:00:01:07.*VRRPv3, Advertisement, vrid 7.*10.0.0.1/],
  ['an 802.3 frame', frames.llc(DST, SRC), /802.3/],
  [
    'a frame tagged twice',
    frames.tag(frames.tag(frames.icmpEcho(PATH4), 30), 20, 5),
    /vlan 20, p 5.*vlan 30, p 0.*ICMP echo/,
  ],
];

describe('test frames', () => {
  for (const [what, frame, words] of cases) {
    it(`${what} is one to tcpdump as well, with and without a probe id`, async () => {
      for (const sent of [frame, frames.mark(frame, 1)]) {
        const text = await dissect(sent);
        expect(text).to.match(words);
        expect(text).not.to.match(/bad .{0,8}(cksum|sum)|truncated|invalid/i);
      }
    });
  }

  it('are recognised by their probe id after tags were pushed or stripped', () => {
    const tags = fc.array(fc.record({ vid: fc.nat(4095), pcp: fc.nat(7), tpid: fc.constantFrom(0x8100, 0x88a8) }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.constantFrom(...cases.slice(0, -1)), tags, fc.nat(0xffffffff), ([, plain], pushed, id) => {
        const frame = pushed.reduce(
          (inner, { vid, pcp, tpid }) => frames.tag(inner, vid, pcp, tpid),
          frames.mark(plain, id),
        );
        const parsed = frames.parseFrame(frame);
        expect(parsed.probeId).to.equal(id);
        expect(parsed.tags).to.deep.equal([...pushed].reverse());
        expect(parsed.ethertype).to.equal(plain.readUInt16BE(12));
      }),
    );
  });

  it('have no probe id by accident', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 14, maxLength: 100 }), (bytes) => {
        expect(frames.parseFrame(Buffer.from(bytes)).probeId).to.equal(undefined);
      }),
    );
  });
});
