import type { Action, SubField } from './action.ts';
import { ActionType, NICIRA, NiciraAction } from './action-types.ts';
import type { Reader, Writer } from './bytes.ts';
import { InvalidFlow } from './errors.ts';
import type { Version } from './message.ts';
import { type ActionField, actionField, actionFieldById, actionFieldId } from './subfield.ts';

/** Copies the bits of `from` into `to`: NXAST_REG_MOVE, or the Copy-Field that replaces it in OpenFlow 1.5. */
export function writeMove(writer: Writer, from: SubField, to: SubField, version: Version): void {
  const [source, target] = [actionField(from), actionField(to)];
  if (from.bits !== to.bits)
    throw new InvalidFlow(`move of ${from.bits} bits of ${from.field} into ${to.bits} bits of ${to.field}`);
  const standard = version === 0x06;
  if (standard) writer.u16(ActionType.COPY_FIELD).u16(24).u16(to.bits).u16(from.offset).u16(to.offset).zeros(2);
  else
    writer
      .u16(ActionType.EXPERIMENTER)
      .u16(24)
      .u32(NICIRA)
      .u16(NiciraAction.REG_MOVE)
      .u16(to.bits)
      .u16(from.offset)
      .u16(to.offset);
  writeHeader(writer, source, version);
  writeHeader(writer, target, version);
  if (standard) writer.zeros(4);
}

/** The rest of either action, `padding` bytes standing before its two headers. */
export function readMove(reader: Reader, padding: number): Action[] | undefined {
  const bits = reader.u16();
  const [source, target] = [reader.u16(), reader.u16()];
  reader.skip(padding);
  const from = readHeader(reader);
  const to = readHeader(reader);
  if (from === undefined || to === undefined || bits === 0) return undefined;
  if (source + bits > from.bytes * 8 || target + bits > to.bytes * 8) return undefined;
  return [
    {
      type: 'move',
      from: { field: from.name, offset: source, bits },
      to: { field: to.name, offset: target, bits },
    },
  ];
}

function writeHeader(writer: Writer, field: ActionField, version: Version): void {
  const id = actionFieldId(field, version);
  writer
    .u16(Math.floor(id / 0x80))
    .u8((id % 0x80) * 2)
    .u8(field.bytes);
}

function readHeader(reader: Reader): ActionField | undefined {
  const id = reader.u16() * 0x80 + (reader.u8() >> 1);
  reader.skip(1);
  return actionFieldById(id);
}
