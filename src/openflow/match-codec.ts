import type { Reader, Writer } from './bytes.ts';
import { InvalidFlow, ProtocolError } from './errors.ts';
import type { Masked, Match } from './match.ts';
import { decodeMasked, encodeMasked, MATCH_FIELDS, type MatchDraft } from './match-fields.ts';
import { canonicalTlv, OxmClass, oxmId, readTlvs, type Tlv, uint, writeTlv } from './oxm.ts';

/** OFPMT_OXM, the only match type of OpenFlow 1.4 and 1.5. */
const OXM_MATCH = 1;
const REGISTERS = 16;
const REGISTER = uint(4);
const FIRST_REGISTER = oxmId(OxmClass.NXM_1, 0);
const FIRST_PACKET_REGISTER = oxmId(OxmClass.PACKET_REGS, 0);
/** OXM_OF_PACKET_TYPE: OVS adds "(0, 0), Ethernet" to what it reads back, which says nothing. */
const PACKET_TYPE = oxmId(OxmClass.OPENFLOW_BASIC, 44);
const BY_ID = new Map(MATCH_FIELDS.map((field) => [field.id, field]));

/** The canonical TLVs of a match, without header. Throws {@link InvalidFlow} naming the member that cannot be sent. */
export function encodeOxm(writer: Writer, match: Match): void {
  for (const field of MATCH_FIELDS) {
    const comparison = named(field.name, () => field.get(match));
    if (comparison !== undefined) writeTlv(writer, field.id, comparison.value, comparison.mask);
  }
  for (const [index, register] of registers(match)) {
    const comparison = named(`reg${index}`, () => encodeMasked(register, REGISTER));
    if (comparison !== undefined) writeTlv(writer, FIRST_REGISTER + index, comparison.value, comparison.mask);
  }
  for (const hex of (match.unknown ?? []).toSorted()) writer.bytes(Buffer.from(hex, 'hex'));
}

/** `struct ofp_match` with its padding (OpenFlow 1.5 section 7.2.3.1). Throws {@link InvalidFlow}. */
export function encodeMatch(writer: Writer, match: Match): void {
  const start = writer.length;
  writer.u16(OXM_MATCH).u16(0);
  encodeOxm(writer, match);
  writer.patchU16(start + 2, writer.length - start).pad8(start);
}

/**
 * Takes a `struct ofp_match` and its padding off the front of `reader`. The result is canonical. TLVs this library
 * has no member for are kept in `unknown`; lengths that cannot be true throw {@link ProtocolError}.
 */
export function decodeMatch(reader: Reader): Match {
  const bytes = reader.structure(2, 4);
  reader.skip(-bytes.length & 7);
  const type = bytes.readUInt16BE(0);
  if (type !== OXM_MATCH) throw new ProtocolError(`a match of type ${type} where OpenFlow 1.4 has only OXM (1)`);
  const draft: MatchDraft = {};
  const regs: Record<number, Masked<number>> = {};
  const unknown: string[] = [];
  for (const tlv of readTlvs(bytes.subarray(4))) {
    if (!decodeField(tlv, draft) && !decodeRegister(tlv, regs) && !isEthernetPacketType(tlv))
      unknown.push(Buffer.from(tlv.raw).toString('hex'));
  }
  if (Object.keys(regs).length > 0) draft.regs = regs;
  if (unknown.length > 0) draft.unknown = unknown.sort();
  return draft;
}

function decodeField(tlv: Tlv, draft: MatchDraft): boolean {
  const field = BY_ID.get(tlv.id);
  if (field === undefined) return false;
  if (tlv.value.length !== field.bytes)
    throw new ProtocolError(`match field ${field.name} has ${tlv.value.length} bytes instead of ${field.bytes}`);
  const comparison = canonicalTlv(tlv.value, tlv.mask, field.bits);
  return comparison === undefined || field.set(draft, comparison);
}

/** NXM_NX_REGn, or OXM_OF_PKT_REGn of two registers each, which OVS prefers in OpenFlow 1.5. */
function decodeRegister(tlv: Tlv, regs: Record<number, Masked<number>>): boolean {
  const single = tlv.id - FIRST_REGISTER;
  const double = tlv.id - FIRST_PACKET_REGISTER;
  const halves = double >= 0 && double < REGISTERS / 2 ? 2 : 1;
  const first = halves === 2 ? double * 2 : single;
  if (first < 0 || first >= REGISTERS) return false;
  if (tlv.value.length !== halves * 4)
    throw new ProtocolError(`match on register ${first} has ${tlv.value.length} bytes instead of ${halves * 4}`);
  for (let half = 0; half < halves; half++) {
    const comparison = canonicalTlv(part(tlv.value, half), tlv.mask && part(tlv.mask, half), 32);
    if (comparison !== undefined) regs[first + half] = decodeMasked(comparison, REGISTER);
  }
  return true;
}

function part(bytes: Uint8Array, half: number): Uint8Array {
  return bytes.subarray(half * 4, half * 4 + 4);
}

function isEthernetPacketType(tlv: Tlv): boolean {
  return tlv.id === PACKET_TYPE && tlv.mask === undefined && tlv.value.every((byte) => byte === 0);
}

/** The registers a match names, by ascending number. */
export function registers(match: Match): [number, Masked<number>][] {
  return Object.entries(match.regs ?? {})
    .map(([key, register]): [number, Masked<number>] => {
      const index = Number(key);
      if (!Number.isInteger(index) || index < 0 || index >= REGISTERS)
        throw new InvalidFlow(`reg${key}: registers are numbered 0 to ${REGISTERS - 1}`);
      return [index, register];
    })
    .sort(([a], [b]) => a - b);
}

function named<T>(member: string, encode: () => T): T {
  try {
    return encode();
  } catch (error) {
    throw error instanceof InvalidFlow ? new InvalidFlow(`match member ${member}: ${error.message}`) : error;
  }
}
