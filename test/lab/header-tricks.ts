import { internetChecksum } from './checksum.ts';
import { be16, ethernet, EtherType, macBytes } from './ethernet.ts';
import { ipv4, ipv6 } from './ip.ts';
import type { Path } from './ip.ts';

/** A way to send a message over IP that switches and receivers may read differently; some take several frames. */
export interface HeaderTrick {
  readonly name: string;
  /** `message` begins with the header of `protocol` and has its checksum. */
  readonly frames: (path: Path, protocol: number, message: Buffer) => readonly Buffer[];
}

const ETHERNET = 14;
const NextHeader = {
  HOP: 0,
  ROUTING: 43,
  FRAGMENT: 44,
  AH: 51,
  NONE: 59,
  DESTINATION: 60,
  MOBILITY: 135,
  HIP: 139,
} as const;

/** An extension header of eight bytes whose options are padding (PadN). */
function padded(next: number): Buffer {
  return Buffer.of(next, 0, 1, 4, 0, 0, 0, 0);
}

function fragmentHeader(next: number, offsetAndFlags: number): Buffer {
  return Buffer.concat([Buffer.of(next, 0), be16(offsetAndFlags), Buffer.from('00000001', 'hex')]);
}

function withPayloadLength(frame: Buffer, length: number): Buffer {
  const copy = Buffer.from(frame);
  copy.writeUInt16BE(length, ETHERNET + 4);
  return copy;
}

function single(name: string, build: (path: Path, protocol: number, message: Buffer) => Buffer): HeaderTrick {
  return { name, frames: (path, protocol, message) => [build(path, protocol, message)] };
}

/** One or more extension headers, each with the number of the next, in front of the message. */
function behind(name: string, first: number, headers: (protocol: number) => readonly Buffer[]): HeaderTrick {
  return single(name, (path, protocol, message) => ipv6(path, first, Buffer.concat([...headers(protocol), message])));
}

/** The frame's content behind an LLC and SNAP header (RFC 1042), `shim` between that and the content. */
function inSnap(frame: Buffer, type: number, shim: Buffer = Buffer.alloc(0)): Buffer {
  const content = Buffer.concat([Buffer.from('aaaa03000000', 'hex'), be16(type), shim, frame.subarray(ETHERNET)]);
  return Buffer.concat([frame.subarray(0, 12), be16(content.length), content]);
}

/** Ways of IPv6 (RFC 8200) and of Ethernet around it. */
export const IPV6_TRICKS: readonly HeaderTrick[] = [
  behind('hop-by-hop', NextHeader.HOP, (protocol) => [padded(protocol)]),
  single('hop-by-hop, payload length 0', (path, protocol, message) =>
    withPayloadLength(ipv6(path, NextHeader.HOP, Buffer.concat([padded(protocol), message])), 0),
  ),
  single('hop-by-hop, payload length 4', (path, protocol, message) =>
    withPayloadLength(ipv6(path, NextHeader.HOP, Buffer.concat([padded(protocol), message])), 4),
  ),
  single('hop-by-hop and options, payload length 0', (path, protocol, message) =>
    withPayloadLength(
      ipv6(path, NextHeader.HOP, Buffer.concat([padded(NextHeader.DESTINATION), padded(protocol), message])),
      0,
    ),
  ),
  single('jumbo payload option', (path, protocol, message) => {
    const jumbo = Buffer.of(protocol, 0, 0xc2, 4, 0, 0, 0, 8 + message.length);
    return withPayloadLength(ipv6(path, NextHeader.HOP, Buffer.concat([jumbo, message])), 0);
  }),
  single('payload length 0', (path, protocol, message) => withPayloadLength(ipv6(path, protocol, message), 0)),
  single('payload length beyond the frame', (path, protocol, message) =>
    withPayloadLength(ipv6(path, protocol, message), message.length + 100),
  ),
  single('300 bytes of padding', (path, protocol, message) =>
    Buffer.concat([ipv6(path, protocol, message), Buffer.alloc(300)]),
  ),
  behind('destination options', NextHeader.DESTINATION, (protocol) => [padded(protocol)]),
  behind('hop-by-hop twice', NextHeader.HOP, (protocol) => [padded(NextHeader.HOP), padded(protocol)]),
  behind('sixteen headers', NextHeader.DESTINATION, (protocol) => [
    ...Array.from({ length: 15 }, () => padded(NextHeader.DESTINATION)),
    padded(protocol),
  ]),
  behind('options longer than the packet', NextHeader.DESTINATION, (protocol) => [
    Buffer.of(protocol, 40, 1, 4, 0, 0, 0, 0),
  ]),
  behind('routing, no segments left', NextHeader.ROUTING, (protocol) => [Buffer.of(protocol, 0, 0, 0, 0, 0, 0, 0)]),
  behind('routing of an unknown type', NextHeader.ROUTING, (protocol) => [Buffer.of(protocol, 0, 253, 0, 0, 0, 0, 0)]),
  behind('authentication', NextHeader.AH, (protocol) => [
    Buffer.concat([Buffer.of(protocol, 4, 0, 0), Buffer.alloc(20, 1)]),
  ]),
  behind('mobility', NextHeader.MOBILITY, (protocol) => [Buffer.of(protocol, 0, 0, 0, 0, 0, 0, 0)]),
  behind('host identity', NextHeader.HIP, (protocol) => [Buffer.of(protocol, 0, 0, 0, 0, 0, 0, 0)]),
  single('no next header', (path, _, message) => ipv6(path, NextHeader.NONE, message)),
  behind('atomic fragment', NextHeader.FRAGMENT, (protocol) => [fragmentHeader(protocol, 0)]),
  behind('atomic fragment, reserved bits', NextHeader.FRAGMENT, (protocol) => [fragmentHeader(protocol, 6)]),
  {
    name: 'two fragments',
    frames: (path, protocol, message) => fragments(path, protocol, message, message.length > 16 ? 16 : 8),
  },
  {
    name: 'first fragment of 8 bytes',
    frames: (path, protocol, message) => fragments(path, protocol, message, 8),
  },
  {
    name: 'first fragment of options alone',
    frames: (path, protocol, message) =>
      fragments(path, NextHeader.DESTINATION, Buffer.concat([padded(protocol), message]), 8),
  },
  {
    name: 'options cut by the first fragment',
    frames: (path, protocol, message) => {
      const long = Buffer.concat([Buffer.of(protocol, 1, 1, 12), Buffer.alloc(12)]);
      return fragments(path, NextHeader.DESTINATION, Buffer.concat([long, message]), 8);
    },
  },
  single('version 4 in the type of IPv6', (path, protocol, message) => {
    const frame = ipv6(path, protocol, message);
    frame.writeUInt8(0x40, ETHERNET);
    return frame;
  }),
  single('in LLC/SNAP', (path, protocol, message) => inSnap(ipv6(path, protocol, message), EtherType.IPV6)),
  single('tagged in LLC/SNAP', (path, protocol, message) =>
    inSnap(ipv6(path, protocol, message), EtherType.VLAN, Buffer.from('000086dd', 'hex')),
  ),
  ...[0x8100, 0x88a8, 0x9100, 0x9200].map((type) =>
    single(`behind two tags, the second 0x${type.toString(16)}`, (path, protocol, message) => {
      const frame = ipv6(path, protocol, message);
      const tags = Buffer.concat([be16(EtherType.VLAN), be16(0), be16(type), be16(0)]);
      return Buffer.concat([frame.subarray(0, 12), tags, frame.subarray(12)]);
    }),
  ),
];

function fragments(path: Path, protocol: number, content: Buffer, cut: number): readonly Buffer[] {
  return [
    ipv6(path, NextHeader.FRAGMENT, Buffer.concat([fragmentHeader(protocol, 1), content.subarray(0, cut)])),
    ipv6(path, NextHeader.FRAGMENT, Buffer.concat([fragmentHeader(protocol, cut), content.subarray(cut)])),
  ];
}

/** Ways of IPv4 (RFC 791). */
export const IPV4_TRICKS: readonly HeaderTrick[] = [
  single('options', (path, protocol, message) => withOptions(path, protocol, message, Buffer.of(1, 1, 1, 0))),
  single('forty bytes of options', (path, protocol, message) =>
    withOptions(path, protocol, message, Buffer.alloc(40, 1)),
  ),
  changed('header of four words', (header) => header.writeUInt8(0x44, 0)),
  changed('header longer than the packet', (header) => header.writeUInt8(0x4f, 0)),
  changed('version 6', (header) => header.writeUInt8(0x65, 0)),
  changed('total length 0', (header) => header.writeUInt16BE(0, 2)),
  changed('total length of the header', (header) => header.writeUInt16BE(20, 2)),
  changed('total length beyond the frame', (header) => header.writeUInt16BE(header.readUInt16BE(2) + 100, 2)),
  changed('reserved flag', (header) => header.writeUInt16BE(0x8000, 6)),
  single('300 bytes of padding', (path, protocol, message) =>
    Buffer.concat([ipv4(path, protocol, message), Buffer.alloc(300)]),
  ),
  {
    name: 'two fragments',
    frames: (path, protocol, message) => [
      fragment4(path, protocol, message.subarray(0, 8), 0x2000),
      fragment4(path, protocol, message.subarray(8), 1),
    ],
  },
  single('in LLC/SNAP', (path, protocol, message) => inSnap(ipv4(path, protocol, message), EtherType.IPV4)),
];

function changed(name: string, change: (header: Buffer) => unknown): HeaderTrick {
  return single(name, (path, protocol, message) => {
    const frame = ipv4(path, protocol, message);
    change(frame.subarray(ETHERNET, ETHERNET + 20));
    return summed(frame);
  });
}

function fragment4(path: Path, protocol: number, content: Buffer, offsetAndFlags: number): Buffer {
  const frame = ipv4(path, protocol, content);
  frame.writeUInt16BE(77, ETHERNET + 4);
  frame.writeUInt16BE(offsetAndFlags, ETHERNET + 6);
  return summed(frame);
}

function withOptions(path: Path, protocol: number, message: Buffer, options: Buffer): Buffer {
  const plain = ipv4(path, protocol, message);
  const header = Buffer.concat([plain.subarray(ETHERNET, ETHERNET + 20), options]);
  header.writeUInt8(0x40 | (header.length / 4), 0);
  header.writeUInt16BE(header.length + message.length, 2);
  return summed(Buffer.concat([plain.subarray(0, ETHERNET), header, message]));
}

/** The frame with the checksum of its IPv4 header put right. */
function summed(frame: Buffer): Buffer {
  const length = Math.max((frame.readUInt8(ETHERNET) & 0xf) * 4, 20);
  const header = frame.subarray(ETHERNET, ETHERNET + length);
  header.writeUInt16BE(0, 10);
  header.writeUInt16BE(internetChecksum(header), 10);
  return frame;
}

/** Ways of an ARP request from `sha` and `spa` for `tpa` (RFC 826). */
export const ARP_TRICKS: readonly {
  readonly name: string;
  readonly frame: (
    link: { readonly src: string; readonly dst: string },
    sha: string,
    spa: Buffer,
    tpa: Buffer,
  ) => Buffer;
}[] = (
  [
    ['plain', '0001080006040001', 0],
    ['IEEE 802 hardware', '0006080006040001', 0],
    ['a reply', '0001080006040002', 0],
    ['operation 257', '0001080006040101', 0],
    ['inverse', '0001080006040008', 0],
    ['hardware length 8', '0001080008040001', 0],
    ['protocol length 16', '0001080006100001', 0],
    ['cut by a byte', '0001080006040001', -1],
    ['padded', '0001080006040001', 400],
    ['in LLC/SNAP', '0001080006040001', 'snap'],
  ] as const
).map(([name, head, more]) => ({
  name,
  frame: ({ src, dst }, sha, spa, tpa) => {
    const whole = Buffer.concat([Buffer.from(head, 'hex'), macBytes(sha), spa, Buffer.alloc(6), tpa]);
    const message =
      typeof more === 'number' && more < 0
        ? whole.subarray(0, more)
        : Buffer.concat([whole, Buffer.alloc(typeof more === 'number' ? more : 0)]);
    const frame = ethernet(dst, src, EtherType.ARP, message);
    return more === 'snap' ? inSnap(frame, EtherType.ARP) : frame;
  },
}));
