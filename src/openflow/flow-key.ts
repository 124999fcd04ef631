import { Writer } from './bytes.ts';
import type { Flow } from './flow.ts';
import { encodeInstructions } from './instruction-codec.ts';
import { encodeOxm } from './match-codec.ts';

/**
 * Which flow this is: equal for two flows exactly when they have the same table, priority and match, so that adding
 * one replaces the other. Opaque; stable across OpenFlow versions and a stay in the switch. Throws InvalidFlow.
 */
export function flowKey(flow: Flow): string {
  const writer = new Writer();
  encodeOxm(writer, flow.match);
  return `${flow.table}/${flow.priority}/${writer.finish().toString('hex')}`;
}

/** What this flow does: equal when actions and goto-table are. Opaque. Throws InvalidFlow. */
export function flowBehaviour(flow: Flow): string {
  const writer = new Writer();
  encodeInstructions(writer, flow, 0x05);
  return writer.finish().toString('hex');
}

/** What this flow does and whose it is: equal when the behaviour and the cookie are. Opaque. Throws InvalidFlow. */
export function flowBody(flow: Flow): string {
  return `${flow.cookie.toString(16)}/${flowBehaviour(flow)}`;
}
