import { formatMac } from './address.ts';
import { Reader, Writer } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { ANY } from './flow-mod-codec.ts';
import type { Version } from './message.ts';

/** A port of the bridge (OpenFlow 1.5 section 7.2.1). */
export interface PortDesc {
  /** The ofport; 0xfffffffe is the bridge's own (LOCAL). */
  readonly port: number;
  /** At most 15 bytes; longer interface names are cut by the switch. */
  readonly name: string;
  readonly mac: string;
  /** OFPPC_PORT_DOWN: taken down by configuration. */
  readonly down: boolean;
  /** OFPPS_LINK_DOWN: no carrier. */
  readonly linkDown: boolean;
  /** Bitmap of all OFPPC_ flags. */
  readonly config: number;
  /** Bitmap of all OFPPS_ flags. */
  readonly state: number;
}

/** OFPT_PORT_STATUS: `port` as it is, or as it was before it was deleted. */
export interface PortStatus {
  readonly event: 'added' | 'deleted' | 'modified';
  readonly port: PortDesc;
}

const REASONS = ['added', 'deleted', 'modified'] as const;
/** `struct ofp_port` without its properties. */
const PORT_LENGTH = 40;

/** Body of an OFPMP_PORT_DESC request for all ports. */
export function encodePortDescRequest(version: Version): Buffer {
  return version === 0x06 ? new Writer().u32(ANY).zeros(4).finish() : Buffer.alloc(0);
}

/** The ports in one part of the reply. */
export function decodePortDescs(body: Buffer): PortDesc[] {
  const reader = new Reader(body, 'port descriptions');
  const ports: PortDesc[] = [];
  while (reader.remaining > 0) ports.push(decodePort(reader.structure(4, PORT_LENGTH)));
  return ports;
}

export function decodePortStatus(body: Buffer): PortStatus {
  const reader = new Reader(body, 'port status');
  const reason = reader.u8();
  const event = REASONS[reason];
  if (event === undefined) throw new ProtocolError(`port status with reason ${reason}, which OpenFlow has not`);
  return { event, port: decodePort(reader.skip(7).structure(4, PORT_LENGTH)) };
}

function decodePort(entry: Buffer): PortDesc {
  const reader = new Reader(entry, 'port');
  const port = reader.u32();
  const mac = formatMac(reader.skip(4).bytes(6));
  const [name = ''] = reader.skip(2).bytes(16).toString('utf8').split('\0', 1);
  const config = reader.u32();
  const state = reader.u32();
  return { port, name, mac, down: (config & 1) !== 0, linkDown: (state & 1) !== 0, config, state };
}

/** OFPT_SET_ASYNC property types of a controller that is not secondary, and whether we want what they carry. */
const ASYNC: readonly (readonly [type: number, mask: number])[] = [
  [1, 0], // packet-in
  [3, 0b111], // port status: added, deleted, modified
  [5, 0], // flow removed
  [7, 0], // role status
  [9, 0], // table status
  [11, 0], // request forward
];

/** Body of an OFPT_SET_ASYNC that asks for port status and nothing else. */
export function encodeAsyncPortStatus(): Buffer {
  const writer = new Writer();
  for (const [type, mask] of ASYNC) writer.u16(type).u16(8).u32(mask);
  return writer.finish();
}

/**
 * Body of an OFPT_SET_CONFIG with a miss_send_len. OVS sends no asynchronous message on its management socket before
 * a nonzero one was set (`ofproto/connmgr.c`).
 */
export function encodeSetConfig(missSendLength: number): Buffer {
  return new Writer().u16(0).u16(missSendLength).finish();
}
