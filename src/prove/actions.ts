import type { Action, FieldName, SubField } from '../openflow/action.ts';
import { current, narrow, restored, written, type FrameSet, type SavedPart } from './frame-set.ts';
import { fieldIndex, TAGGED, UNTAGGED_VALUE, VLAN, type HeaderSpace } from './header-space.ts';
import type { ValueSet } from './value-set.ts';

/** Why the effect of an action is not known. */
export type Unmodelled = string;

/** Fields of the frame that actions can write, by their index. */
const FRAME_FIELD: Readonly<Partial<Record<FieldName, number>>> = {
  vlan_tci: VLAN,
  eth_src: fieldIndex('ethSrc'),
  eth_dst: fieldIndex('ethDst'),
  arp_op: fieldIndex('arpOp'),
  arp_spa: fieldIndex('arpSpa'),
  arp_tpa: fieldIndex('arpTpa'),
  arp_sha: fieldIndex('arpSha'),
  arp_tha: fieldIndex('arpTha'),
};

const FIELD_BITS: Readonly<Partial<Record<FieldName, number>>> = {
  vlan_tci: 16,
  eth_src: 48,
  eth_dst: 48,
  arp_op: 16,
  arp_spa: 32,
  arp_tpa: 32,
  arp_sha: 48,
  arp_tha: 48,
};

/** Bits 0 to 12 of the TCI: the VLAN id, and the bit that says that there is a tag. */
const VID_AND_PRESENT = 13;

/** The first OpenFlow port number that is reserved, as 16 and as 32 bits (OpenFlow 1.0 and 1.1). */
const RESERVED_16 = 0xff00;
const RESERVED_OFFSET = 0xffff0000;

/**
 * What becomes of `frames` by one action that sends nothing; several sets where the action treats some frames differently.
 * `unmodelled` is told where the effect is not known; what is returned then is without it.
 */
export function perform(
  action: Exclude<Action, { type: 'output' | 'resubmit' }>,
  frames: FrameSet,
  space: HeaderSpace,
  unmodelled: (why: Unmodelled) => void,
): readonly FrameSet[] {
  switch (action.type) {
    case 'load':
      return load(action.to, action.value, frames, space, unmodelled);
    case 'move':
      return [move(action.from, action.to, frames, space, unmodelled)];
    case 'pushVlan':
      return pushVlan(frames, space, unmodelled);
    case 'popVlan':
      return popVlan(frames, space);
    case 'unknown':
      unmodelled(`the flow has an action that the proof does not know (${action.hex})`);
      return [frames];
  }
}

/** Values of the VLAN field: frames without a tag. */
export function untagged(space: HeaderSpace): ValueSet {
  return space.domain(VLAN).meeting({ value: UNTAGGED_VALUE, mask: 0x1fffn });
}

/** Values of the VLAN field: frames with a tag of any VLAN. */
export function tagged(space: HeaderSpace): ValueSet {
  return space.domain(VLAN).meeting({ value: TAGGED, mask: TAGGED });
}

function load(
  to: SubField,
  value: bigint,
  frames: FrameSet,
  space: HeaderSpace,
  unmodelled: (why: Unmodelled) => void,
): readonly FrameSet[] {
  if (to.field === 'vlan_tci') return loadTci(to, value, frames, space, unmodelled);
  if (isSwitchField(to.field)) return [writeSwitchField(frames, to, value)];
  const field = FRAME_FIELD[to.field];
  if (field === undefined) {
    unmodelled(`the proof does not know the field ${to.field}`);
    return [frames];
  }
  if (to.bits !== FIELD_BITS[to.field]) return [written(frames, field, anything(space, field), true)];
  return [written(frames, field, space.domain(field).only(value))];
}

function loadTci(
  { offset, bits }: SubField,
  value: bigint,
  frames: FrameSet,
  space: HeaderSpace,
  unmodelled: (why: Unmodelled) => void,
): readonly FrameSet[] {
  const whole = offset === 0 && bits >= VID_AND_PRESENT;
  if (whole && (value & 0x1fffn) === UNTAGGED_VALUE) return [written(frames, VLAN, untagged(space))];
  if (whole && (value & TAGGED) !== 0n) return [written(frames, VLAN, space.domain(VLAN).only(value & 0x1fffn))];
  unmodelled('the flow writes a part of a VLAN tag');
  return [frames];
}

function move(
  from: SubField,
  to: SubField,
  frames: FrameSet,
  space: HeaderSpace,
  unmodelled: (why: Unmodelled) => void,
): FrameSet {
  const value = readSwitchField(frames, from);
  if (isSwitchField(to.field)) {
    if (value !== undefined) return writeSwitchField(frames, to, value);
    const register = registerOf(to.field);
    if (register !== undefined) return save(forget(frames, register, to), from, register, to);
    unmodelled(`the proof does not follow a move from ${from.field} to ${to.field}`);
    return frames;
  }
  const [source, target] = [FRAME_FIELD[from.field], FRAME_FIELD[to.field]];
  const register = registerOf(from.field);
  if (register !== undefined && value === undefined && target !== undefined) {
    const back = putBack(frames, register, from, target, to, space);
    if (back !== undefined) return back;
  }
  if (target === undefined || target === VLAN) {
    unmodelled(`the proof does not know the field ${to.field}`);
    return frames;
  }
  const wholly = from.bits === FIELD_BITS[from.field] && to.bits === FIELD_BITS[to.field];
  if (source === undefined || !wholly || space.domain(source) !== space.domain(target)) {
    return written(frames, target, anything(space, target), true);
  }
  const copied = current(frames, source);
  // Which value was copied is forgotten, and with it that both fields are the same.
  return written(frames, target, copied, !copied.isSingle);
}

function pushVlan(frames: FrameSet, space: HeaderSpace, unmodelled: (why: Unmodelled) => void): readonly FrameSet[] {
  const priority = space.domain(VLAN).only(TAGGED);
  const without = narrow(frames, VLAN, untagged(space));
  const having = narrow(frames, VLAN, tagged(space));
  const results: FrameSet[] = [];
  if (without !== undefined) results.push(written(without, VLAN, priority));
  if (having !== undefined) {
    if (having.innerTag !== undefined) unmodelled('a third tag is pushed');
    const inner = current(having, VLAN);
    results.push({ ...written(having, VLAN, priority, !inner.isSingle), innerTag: inner });
  }
  return results;
}

function popVlan(frames: FrameSet, space: HeaderSpace): readonly FrameSet[] {
  const without = narrow(frames, VLAN, untagged(space));
  const having = narrow(frames, VLAN, tagged(space));
  const results = without === undefined ? [] : [without];
  if (having !== undefined) {
    results.push({ ...written(having, VLAN, having.innerTag ?? untagged(space)), innerTag: undefined });
  }
  return results;
}

/** Whether the field is the switch's own and no part of the frame. */
function isSwitchField(field: FieldName): boolean {
  return field === 'in_port' || registerOf(field) !== undefined;
}

/** The value of a part of a field of the switch's own; undefined for fields of the frame, and where it is not known. */
function readSwitchField(
  { inPort, registers, unknown }: FrameSet,
  { field, offset, bits }: SubField,
): bigint | undefined {
  const mask = (1n << BigInt(bits)) - 1n;
  const part = (whole: bigint): bigint => (whole >> BigInt(offset)) & mask;
  if (field === 'in_port')
    return part(BigInt(inPort >= RESERVED_OFFSET + RESERVED_16 ? inPort - RESERVED_OFFSET : inPort));
  const register = registerOf(field);
  if (register === undefined || part(BigInt((unknown[register] ?? 0) >>> 0)) !== 0n) return undefined;
  return part(BigInt((registers[register] ?? 0) >>> 0));
}

function writeSwitchField(frames: FrameSet, to: SubField, value: bigint): FrameSet {
  const register = registerOf(to.field);
  if (register === undefined) {
    const before = readSwitchField(frames, { field: 'in_port', offset: 0, bits: 16 }) ?? 0n;
    const after = Number((before & ~maskOf(to)) | ((value << BigInt(to.offset)) & maskOf(to)));
    return { ...frames, inPort: after >= RESERVED_16 ? after + RESERVED_OFFSET : after };
  }
  const mask = Number(BigInt.asIntN(32, maskOf(to)));
  const written = Number(BigInt.asIntN(32, value << BigInt(to.offset))) & mask;
  const registers = frames.registers.slice();
  registers[register] = ((registers[register] ?? 0) & ~mask) | written;
  const unknown = frames.unknown.slice();
  unknown[register] = (unknown[register] ?? 0) & ~mask;
  return { ...frames, registers, unknown, saved: notIn(frames.saved, register, to) };
}

/** Remembers which part of which field a register holds. */
function save(frames: FrameSet, from: SubField, register: number, to: SubField): FrameSet {
  const field = FRAME_FIELD[from.field];
  if (field === undefined) return frames;
  const part: SavedPart = {
    register,
    registerOffset: to.offset,
    field,
    fieldOffset: from.offset,
    bits: from.bits,
    written: frames.now.get(field),
    back: false,
  };
  return { ...frames, saved: [...frames.saved, part] };
}

/**
 * Puts a part of a field back that was moved into a register; once all parts of the field are back, it is what it was. Undefined
 * where the register holds something else.
 */
function putBack(
  frames: FrameSet,
  register: number,
  from: SubField,
  field: number,
  to: SubField,
  space: HeaderSpace,
): FrameSet | undefined {
  const held = frames.saved.find(
    (part) =>
      part.register === register &&
      part.registerOffset === from.offset &&
      part.field === field &&
      part.fieldOffset === to.offset &&
      part.bits === to.bits,
  );
  if (held === undefined) return undefined;
  const saved = frames.saved.map((part) => (part === held ? { ...part, back: true } : part));
  const back = saved.filter((part) => part.field === field && part.back && part.written === held.written);
  const bits = back.reduce((sum, part) => sum + part.bits, 0);
  if (bits < (FIELD_BITS[to.field] ?? Infinity)) {
    return { ...written(frames, field, anything(space, field)), saved };
  }
  return { ...restored(frames, field, held.written), saved: saved.filter((part) => part.field !== field) };
}

/** A register has got a value that the proof does not follow. */
function forget(frames: FrameSet, register: number, to: SubField): FrameSet {
  const unknown = frames.unknown.slice();
  unknown[register] = (unknown[register] ?? 0) | Number(BigInt.asIntN(32, maskOf(to)));
  return { ...frames, unknown, saved: notIn(frames.saved, register, to) };
}

/** Parts of fields that are not overwritten with bits of `register`. */
function notIn(saved: readonly SavedPart[], register: number, { offset, bits }: SubField): readonly SavedPart[] {
  return saved.filter(
    (part) =>
      part.register !== register || part.registerOffset + part.bits <= offset || part.registerOffset >= offset + bits,
  );
}

function maskOf({ offset, bits }: SubField): bigint {
  return ((1n << BigInt(bits)) - 1n) << BigInt(offset);
}

function registerOf(field: FieldName): number | undefined {
  const digits = /^reg(\d+)$/.exec(field)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function anything(space: HeaderSpace, field: number): ValueSet {
  return space.domain(field).everything;
}
