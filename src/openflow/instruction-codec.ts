import type { Action } from './action.ts';
import { decodeActions, encodeAction } from './action-codec.ts';
import { Reader, type Writer } from './bytes.ts';
import { InvalidFlow } from './errors.ts';
import type { Flow } from './flow.ts';
import type { Version } from './message.ts';

/** Instruction types (OpenFlow 1.5 section 7.2.5). */
const GOTO_TABLE = 1;
const APPLY_ACTIONS = 4;

/** What a flow does, without what it matches. */
export type FlowBehaviour = Pick<Flow, 'actions' | 'gotoTable' | 'unknownInstructions'>;

/** Apply-actions (left out when empty), then goto-table. Throws {@link InvalidFlow}. */
export function encodeInstructions(writer: Writer, flow: FlowBehaviour, version: Version): void {
  if (flow.actions.length > 0) {
    const start = writer.length;
    writer.u16(APPLY_ACTIONS).u16(0).zeros(4);
    for (const action of flow.actions) encodeAction(writer, action, version);
    if (writer.length - start > 0xffff) throw new InvalidFlow('the action list exceeds 65535 bytes');
    writer.patchU16(start + 2, writer.length - start);
  }
  for (const hex of flow.unknownInstructions ?? []) writer.bytes(Buffer.from(hex, 'hex'));
  if (flow.gotoTable === undefined) return;
  if (!Number.isInteger(flow.gotoTable) || flow.gotoTable < 0 || flow.gotoTable > 254)
    throw new InvalidFlow(`goto_table ${flow.gotoTable} is not a table from 0 to 254`);
  writer.u16(GOTO_TABLE).u16(8).u8(flow.gotoTable).zeros(3);
}

/** All instructions in `bytes`. Throws ProtocolError on lengths that cannot be true. */
export function decodeInstructions(bytes: Buffer): FlowBehaviour {
  const reader = new Reader(bytes, 'instruction list');
  const actions: Action[] = [];
  const unknown: string[] = [];
  let gotoTable: number | undefined;
  while (reader.remaining > 0) {
    const raw = reader.structure(2, 8);
    const type = raw.readUInt16BE(0);
    if (type === APPLY_ACTIONS) actions.push(...decodeActions(raw.subarray(8)));
    else if (type === GOTO_TABLE) gotoTable = raw.readUInt8(4);
    else unknown.push(raw.toString('hex'));
  }
  return {
    actions,
    ...(gotoTable === undefined ? {} : { gotoTable }),
    ...(unknown.length === 0 ? {} : { unknownInstructions: unknown }),
  };
}
