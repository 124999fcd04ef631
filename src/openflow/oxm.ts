import { formatIpv4, formatIpv6, formatMac, parseIpv4, parseIpv6, parseMac } from './address.ts';
import { Reader, type Writer } from './bytes.ts';
import { InvalidFlow, ProtocolError } from './errors.ts';

/** Classes of match fields (OpenFlow 1.5 section 7.2.3.2, OVS `include/openvswitch/meta-flow.h`). */
export const OxmClass = {
  NXM_0: 0x0000,
  NXM_1: 0x0001,
  OPENFLOW_BASIC: 0x8000,
  PACKET_REGS: 0x8001,
} as const;

/** One type-length-value of a match: which field, its bytes, and its mask when it has one. */
export interface Tlv {
  /** Class and field number as they stand in the header: `class << 7 | field`. */
  readonly id: number;
  readonly value: Uint8Array;
  readonly mask?: Uint8Array;
  /** The whole TLV as received. */
  readonly raw: Uint8Array;
}

/** Identifies a field, whatever its mask. */
export function oxmId(oxmClass: number, field: number): number {
  return oxmClass * 0x80 + field;
}

/** How a field's value is written: to and from `bytes` bytes. `encode` throws {@link InvalidFlow}. */
export interface ValueKind<T> {
  readonly bytes: number;
  /** Bits the field has; the wire pads on the left. */
  readonly bits: number;
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

/** An unsigned number of `bits` bits (at most 32), padded to whole `bytes`. */
export function uint(bytes: number, bits = bytes * 8): ValueKind<number> {
  const limit = 2 ** bits;
  return {
    bytes,
    bits,
    encode(value) {
      if (!Number.isInteger(value) || value < 0 || value >= limit)
        throw new InvalidFlow(`${value} does not fit ${bits} bits`);
      const encoded = Buffer.alloc(bytes);
      encoded.writeUIntBE(value, 0, bytes);
      return encoded;
    },
    decode: (encoded) => Buffer.from(encoded).readUIntBE(0, bytes),
  };
}

export const UINT64: ValueKind<bigint> = {
  bytes: 8,
  bits: 64,
  encode(value) {
    if (value < 0n || value >= 1n << 64n) throw new InvalidFlow(`${value.toString()} does not fit 64 bits`);
    const encoded = Buffer.alloc(8);
    encoded.writeBigUInt64BE(value);
    return encoded;
  },
  decode: (encoded) => Buffer.from(encoded).readBigUInt64BE(),
};

export const MAC: ValueKind<string> = { bytes: 6, bits: 48, encode: parseMac, decode: formatMac };
export const IPV4: ValueKind<string> = { bytes: 4, bits: 32, encode: parseIpv4, decode: formatIpv4 };
export const IPV6: ValueKind<string> = { bytes: 16, bits: 128, encode: parseIpv6, decode: formatIpv6 };

/** Writes one TLV. A mask is written as given: canonicalise first with {@link canonicalTlv}. */
export function writeTlv(writer: Writer, id: number, value: Uint8Array, mask?: Uint8Array): void {
  writer.u16(Math.floor(id / 0x80));
  writer.u8((id % 0x80) * 2 + (mask === undefined ? 0 : 1));
  writer.u8(value.length + (mask?.length ?? 0)).bytes(value);
  if (mask !== undefined) writer.bytes(mask);
}

/** Reads one TLV; throws {@link ProtocolError} when a masked one has no room for two halves. */
export function readTlv(reader: Reader): Tlv {
  const header = reader.bytes(4);
  const payload = reader.bytes(header.readUInt8(3));
  const raw = Buffer.concat([header, payload]);
  const field = header.readUInt8(2);
  const id = oxmId(header.readUInt16BE(0), field >> 1);
  if ((field & 1) === 0) return { id, value: payload, raw };
  if (payload.length % 2 !== 0) throw new ProtocolError(`masked match field of odd length ${payload.length}`);
  const half = payload.length / 2;
  return { id, value: payload.subarray(0, half), mask: payload.subarray(half), raw };
}

/**
 * The one way to write a comparison: bits outside the mask are zero, a mask of all the field's bits is no mask, and a
 * mask of none compares nothing (`undefined`). OVS reads flows back in this form (`lib/nx-match.c`).
 */
export function canonicalTlv(
  value: Uint8Array,
  mask: Uint8Array | undefined,
  bits: number,
): { readonly value: Uint8Array; readonly mask?: Uint8Array } | undefined {
  if (mask === undefined) return { value };
  const lead = value.length * 8 - bits;
  const significant = mask.map((byte, index) => (index === 0 ? byte & (0xff >> lead) : byte));
  if (significant.every((byte) => byte === 0)) return undefined;
  const masked = value.map((byte, index) => byte & (significant[index] ?? 0));
  const exact = significant.every((byte, index) => byte === (index === 0 ? 0xff >> lead : 0xff));
  return exact ? { value: masked } : { value: masked, mask: significant };
}

/** All TLVs in `bytes`. */
export function readTlvs(bytes: Buffer): Tlv[] {
  const reader = new Reader(bytes, 'match');
  const tlvs: Tlv[] = [];
  while (reader.remaining > 0) tlvs.push(readTlv(reader));
  return tlvs;
}
