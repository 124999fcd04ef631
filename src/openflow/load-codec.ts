import type { Action, SubField } from './action.ts';
import { ActionType, NICIRA, NiciraAction } from './action-types.ts';
import type { Reader, Writer } from './bytes.ts';
import { InvalidFlow } from './errors.ts';
import type { Version } from './message.ts';
import { readTlv, writeTlv } from './oxm.ts';
import { actionField, actionFieldById, actionFieldId } from './subfield.ts';

/**
 * Writes `value` into the bits of `to`. OpenFlow 1.4 has NXAST_REG_LOAD for it; OpenFlow 1.5 has no reg_load in OVS
 * (`lib/ofp-actions.c`) but a Set-Field with a mask, which says the same.
 */
export function writeLoad(writer: Writer, to: SubField, value: bigint, version: Version): void {
  const field = actionField(to);
  if (value < 0n || value >> BigInt(to.bits) !== 0n)
    throw new InvalidFlow(
      `load of 0x${value.toString(16)} does not fit ${to.field}, bits ${to.offset} to ${to.offset + to.bits - 1}`,
    );
  if (version === 0x06) {
    const start = writer.length;
    writer.u16(ActionType.SET_FIELD).u16(0);
    const shifted = toBytes(value << BigInt(to.offset), field.bytes);
    const mask = toBytes(((1n << BigInt(to.bits)) - 1n) << BigInt(to.offset), field.bytes);
    const whole = to.bits === field.bytes * 8;
    writeTlv(writer, actionFieldId(field, version), shifted, whole ? undefined : mask);
    writer.pad8(start).patchU16(start + 2, writer.length - start);
    return;
  }
  writer.u16(ActionType.EXPERIMENTER).u16(24).u32(NICIRA).u16(NiciraAction.REG_LOAD);
  writer.u16((to.offset << 6) | (to.bits - 1));
  writer
    .u16(Math.floor(field.nxm / 0x80))
    .u8((field.nxm % 0x80) * 2)
    .u8(field.bytes)
    .u64(value);
}

/** The rest of an NXAST_REG_LOAD; `undefined` when it writes a field without a name here. */
export function readLoad(reader: Reader): Action[] | undefined {
  const range = reader.u16();
  const id = reader.u16() * 0x80 + (reader.u8() >> 1);
  const field = actionFieldById(id);
  const value = reader.skip(1).u64();
  const offset = range >> 6;
  const bits = (range & 0x3f) + 1;
  if (field === undefined || offset + bits > field.bytes * 8 || value >> BigInt(bits) !== 0n) return undefined;
  return [{ type: 'load', to: { field: field.name, offset, bits }, value }];
}

/** The rest of a Set-Field, as one load for each run of bits in its mask, from the lowest bit up as OVS splits it. */
export function readSetField(reader: Reader): Action[] | undefined {
  const tlv = readTlv(reader);
  const field = actionFieldById(tlv.id);
  if (field === undefined || tlv.value.length !== field.bytes) return undefined;
  const value = toBigInt(tlv.value);
  const width = field.bytes * 8;
  const mask = tlv.mask === undefined ? (1n << BigInt(width)) - 1n : toBigInt(tlv.mask);
  const loads: Action[] = [];
  for (let offset = 0; offset < width; offset++) {
    let bits = 0;
    while (((mask >> BigInt(offset + bits)) & 1n) === 1n) bits++;
    if (bits === 0) continue;
    const part = (value >> BigInt(offset)) & ((1n << BigInt(bits)) - 1n);
    loads.push({ type: 'load', to: { field: field.name, offset, bits }, value: part });
    offset += bits;
  }
  return loads.length === 0 ? undefined : loads;
}

function toBytes(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}
