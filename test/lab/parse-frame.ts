import { EtherType, macText } from './ethernet.ts';
import type { Mac } from './ethernet.ts';

export interface VlanTag {
  readonly tpid: number;
  readonly vid: number;
  readonly pcp: number;
}

export interface Frame {
  readonly dst: Mac;
  readonly src: Mac;
  /** Outermost first. */
  readonly tags: readonly VlanTag[];
  /** The type behind the tags; below 0x600 it is an 802.3 length. */
  readonly ethertype: number;
  /** What follows the type, padding included. */
  readonly payload: Buffer;
  /** Present on frames that went through `mark`. */
  readonly probeId?: number;
  readonly raw: Buffer;
}

const MAGIC = Buffer.from('pVlP', 'latin1');
/** A frame of 64 bytes keeps the 60 that Ethernet asks for when a switch strips one tag. */
const MINIMUM = 64;
const MINIMUM_MARKED = MINIMUM - MAGIC.length - 4;

/**
 * Appends a 32-bit number by which a receiver recognises the frame, whatever tags were pushed or stripped. It sits behind
 * the frame's own content, like padding, so every protocol keeps its meaning.
 */
export function mark(frame: Buffer, probeId: number): Buffer {
  const id = Buffer.alloc(4);
  id.writeUInt32BE(probeId);
  return Buffer.concat([frame, Buffer.alloc(Math.max(0, MINIMUM_MARKED - frame.length)), MAGIC, id]);
}

/** Reads a frame of at least 14 bytes as it is on the wire, without checksum. */
export function parseFrame(raw: Buffer): Frame {
  const tags: VlanTag[] = [];
  let at = 12;
  let ethertype = raw.readUInt16BE(at);
  while ((ethertype === EtherType.VLAN || ethertype === EtherType.QINQ) && raw.length >= at + 6) {
    const tci = raw.readUInt16BE(at + 2);
    tags.push({ tpid: ethertype, vid: tci & 0xfff, pcp: tci >>> 13 });
    at += 4;
    ethertype = raw.readUInt16BE(at);
  }
  const magic = raw.lastIndexOf(MAGIC);
  const marked = magic >= at + 2 && magic + 8 <= raw.length;
  return {
    dst: macText(raw.subarray(0, 6)),
    src: macText(raw.subarray(6, 12)),
    tags,
    ethertype,
    payload: raw.subarray(at + 2),
    ...(marked ? { probeId: raw.readUInt32BE(magic + MAGIC.length) } : {}),
    raw,
  };
}
