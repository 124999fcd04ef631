import { type Action, Port } from './action.ts';
import { ActionType, NICIRA, NiciraAction } from './action-types.ts';
import { Reader, type Writer } from './bytes.ts';
import { InvalidFlow } from './errors.ts';
import { readLoad, readSetField, writeLoad } from './load-codec.ts';
import { readMove, writeMove } from './move-codec.ts';
import type { Version } from './message.ts';

/** OFPP_IN_PORT of OpenFlow 1.0, which NXAST_RESUBMIT_TABLE still speaks: keep the frame's own port. */
const RESUBMIT_SAME_PORT = 0xfff8;
/** OFPCML_NO_BUFFER: a frame sent to a controller goes whole. */
const NO_BUFFER = 0xffff;

/** Appends one action, 8-byte aligned. Throws {@link InvalidFlow} when OpenFlow cannot express it. */
export function encodeAction(writer: Writer, action: Action, version: Version): void {
  switch (action.type) {
    case 'output':
      inRange('output port', action.port, 0xffffffff);
      writer.u16(ActionType.OUTPUT).u16(16).u32(action.port);
      writer.u16(action.port === Port.CONTROLLER ? NO_BUFFER : 0).zeros(6);
      return;
    case 'load':
      writeLoad(writer, action.to, action.value, version);
      return;
    case 'move':
      writeMove(writer, action.from, action.to, version);
      return;
    case 'resubmit':
      inRange('resubmit table', action.table, 0xff);
      inRange('resubmit port', action.inPort ?? 0, 0xffff);
      writer.u16(ActionType.EXPERIMENTER).u16(16).u32(NICIRA).u16(NiciraAction.RESUBMIT_TABLE);
      writer
        .u16(action.inPort ?? RESUBMIT_SAME_PORT)
        .u8(action.table)
        .zeros(3);
      return;
    case 'pushVlan':
      inRange('ethertype', action.ethertype, 0xffff);
      writer.u16(ActionType.PUSH_VLAN).u16(8).u16(action.ethertype).zeros(2);
      return;
    case 'popVlan':
      writer.u16(ActionType.POP_VLAN).u16(8).zeros(4);
      return;
    case 'unknown':
      writer.bytes(Buffer.from(action.hex, 'hex'));
      return;
  }
}

/** All actions in `bytes`, those this library has no name for as `unknown`. Throws ProtocolError on false lengths. */
export function decodeActions(bytes: Buffer): Action[] {
  const reader = new Reader(bytes, 'action list');
  const actions: Action[] = [];
  while (reader.remaining > 0) {
    const raw = reader.structure(2, 8);
    actions.push(...(decodeAction(raw) ?? [{ type: 'unknown', hex: raw.toString('hex') } as const]));
  }
  return actions;
}

function decodeAction(raw: Buffer): Action[] | undefined {
  const reader = new Reader(raw, 'action');
  const type = reader.u16();
  reader.skip(2);
  switch (type) {
    case ActionType.OUTPUT:
      return decodeOutput(reader);
    case ActionType.PUSH_VLAN:
      return [{ type: 'pushVlan', ethertype: reader.u16() }];
    case ActionType.POP_VLAN:
      return [{ type: 'popVlan' }];
    case ActionType.SET_FIELD:
      return readSetField(reader);
    case ActionType.COPY_FIELD:
      return readMove(reader, 2);
    case ActionType.EXPERIMENTER:
      return reader.u32() === NICIRA ? decodeNicira(reader) : undefined;
    default:
      return undefined;
  }
}

function decodeOutput(reader: Reader): Action[] | undefined {
  const port = reader.u32();
  // The length matters to a controller alone, and only the one we write has a name here.
  if (port === Port.CONTROLLER && reader.u16() !== NO_BUFFER) return undefined;
  return [{ type: 'output', port }];
}

function decodeNicira(reader: Reader): Action[] | undefined {
  switch (reader.u16()) {
    case NiciraAction.REG_LOAD:
      return readLoad(reader);
    case NiciraAction.REG_MOVE:
      return readMove(reader, 0);
    case NiciraAction.RESUBMIT_TABLE: {
      const inPort = reader.u16();
      const table = reader.u8();
      return [{ type: 'resubmit', table, ...(inPort === RESUBMIT_SAME_PORT ? {} : { inPort }) }];
    }
    default:
      return undefined;
  }
}

function inRange(what: string, value: number, limit: number): void {
  if (!Number.isInteger(value) || value < 0 || value > limit)
    throw new InvalidFlow(`${what} ${value} is not a number from 0 to ${limit}`);
}
