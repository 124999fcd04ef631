import { formatMac, parseMac } from './address.ts';
import { Reader, Writer } from './bytes.ts';
import { ProtocolError } from './errors.ts';

/** Bits of a port's configuration that OpenFlow 1.0 alone has (section 5.2.1); Open vSwitch ignores them in later versions. */
export const PortConfigBit = {
  /** OFPPC_NO_STP: no spanning tree. Open vSwitch keeps it and does nothing by it. */
  NO_STP: 1 << 1,
  /** OFPPC_NO_FLOOD: neither NORMAL nor FLOOD sends the port what is flooded. */
  NO_FLOOD: 1 << 4,
} as const;

/** How a port is configured (`struct ofp_phy_port` of OpenFlow 1.0). */
export interface PortConfig {
  /** The ofport, as OpenFlow 1.1 and later have it: 0xfffffffe is the bridge's own (LOCAL). */
  readonly port: number;
  readonly mac: string;
  /** Bitmap of OFPPC_ flags. */
  readonly config: number;
}

/** Of the bits in `mask`, those in `config` are set and the others cleared. */
export interface PortMod {
  readonly port: number;
  /** The port's address as the switch has it, which refuses any other. */
  readonly mac: string;
  readonly config: number;
  readonly mask: number;
}

/** A port that came, changed or went. */
export interface PortConfigStatus {
  readonly event: 'added' | 'deleted' | 'modified';
  readonly port: PortConfig;
}

const EVENTS = ['added', 'deleted', 'modified'] as const;
const PORT_LENGTH = 48;
const STATS_PORT_DESC = 13;
const STATS_MORE = 1;
const NICIRA = 0x2320;
const SET_ASYNC_CONFIG = 19;

/** OpenFlow 1.0 has 16 bits for a port, of which the highest 256 numbers are reserved ones. */
const RESERVED_10 = 0xff00;
const RESERVED = 0xffffff00;

/** Body of the OFPT_STATS_REQUEST for all ports, which Open vSwitch answers in OpenFlow 1.0, too (lib/ofp-msgs.h). */
export function encodePortsRequest(): Buffer {
  return new Writer().u16(STATS_PORT_DESC).u16(0).finish();
}

/** One part of the answer. */
export function decodePorts(body: Buffer): { readonly ports: readonly PortConfig[]; readonly more: boolean } {
  const reader = new Reader(body, 'port descriptions');
  if (reader.u16() !== STATS_PORT_DESC) throw new ProtocolError('statistics of another kind than were asked for');
  const more = (reader.u16() & STATS_MORE) !== 0;
  const ports: PortConfig[] = [];
  while (reader.remaining > 0) ports.push(decodePort(reader.bytes(PORT_LENGTH)));
  return { ports, more };
}

export function decodePortConfigStatus(body: Buffer): PortConfigStatus {
  const reader = new Reader(body, 'port status');
  const reason = reader.u8();
  const event = EVENTS[reason];
  if (event === undefined) throw new ProtocolError(`port status with reason ${reason}, which OpenFlow has not`);
  return { event, port: decodePort(reader.skip(7).bytes(PORT_LENGTH)) };
}

/** Body of an OFPT_PORT_MOD. */
export function encodePortMod({ port, mac, config, mask }: PortMod): Buffer {
  const number = port >= RESERVED ? port - RESERVED + RESERVED_10 : port;
  return new Writer().u16(number).bytes(parseMac(mac)).u32(config).u32(mask).zeros(8).finish();
}

/** Body of the NXT_SET_ASYNC_CONFIG that asks for port status and nothing else (include/openflow/nicira-ext.h). */
export function encodePortStatusOnly(): Buffer {
  const writer = new Writer().u32(NICIRA).u32(SET_ASYNC_CONFIG);
  for (const mask of [0, 0, 0b111, 0b111, 0, 0]) writer.u32(mask);
  return writer.finish();
}

function decodePort(entry: Buffer): PortConfig {
  const reader = new Reader(entry, 'port');
  const number = reader.u16();
  const mac = formatMac(reader.bytes(6));
  const config = reader.skip(16).u32();
  return { port: number >= RESERVED_10 ? number - RESERVED_10 + RESERVED : number, mac, config };
}
