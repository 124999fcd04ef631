import { Reader, Writer } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import type { Flow } from './flow.ts';
import { ANY } from './flow-mod-codec.ts';
import { ALL_TABLES } from './flow-stats.ts';
import { decodeInstructions } from './instruction-codec.ts';
import { decodeMatch, encodeMatch } from './match-codec.ts';

/** Something that happened to the flow tables of a bridge. */
export type FlowChange =
  /** A flow as it is after `added` and `modified`, as it was before `removed`. */
  | { readonly event: 'added' | 'removed' | 'modified'; readonly own: false; readonly flow: Flow }
  /**
   * Changes this connection made itself. The switch does not repeat them (OFPFME_ABBREV) but names the `xid` of one
   * request among them.
   */
  | { readonly event: 'own'; readonly own: true; readonly xid: number }
  /**
   * The switch has too much to tell: between `paused` and `resumed` only removals are reported, and what was added or
   * modified meanwhile follows before `resumed`, our own changes among it in full.
   */
  | { readonly event: 'paused' | 'resumed'; readonly own: false };

const COMMAND = { add: 0, delete: 2 } as const;
/** OFPFMF_ADD, OFPFMF_REMOVED, OFPFMF_MODIFY, OFPFMF_INSTRUCTIONS. */
const FLAGS = (1 << 1) | (1 << 2) | (1 << 3) | (1 << 4);
const EVENTS = ['added', 'added', 'removed', 'modified', 'own', 'paused', 'resumed'] as const;

/** Body of an OFPMP_FLOW_MONITOR request (OpenFlow 1.4 and 1.5; OVS `lib/ofp-monitor.c`) for all flows. */
export function encodeFlowMonitorRequest(id: number, command: keyof typeof COMMAND): Buffer {
  const writer = new Writer().u32(id).u32(ANY).u32(ANY);
  writer
    .u16(command === 'add' ? FLAGS : 0)
    .u8(ALL_TABLES)
    .u8(COMMAND[command]);
  encodeMatch(writer, {});
  return writer.finish();
}

/** The changes in one part of a flow monitor's reply. */
export function decodeFlowUpdates(body: Buffer): FlowChange[] {
  const reader = new Reader(body, 'flow monitor reply');
  const changes: FlowChange[] = [];
  while (reader.remaining > 0) changes.push(decodeUpdate(reader.structure(0, 8)));
  return changes;
}

function decodeUpdate(entry: Buffer): FlowChange {
  const reader = new Reader(entry, 'flow update').skip(2);
  const number = reader.u16();
  const event = EVENTS[number];
  switch (event) {
    case undefined:
      throw new ProtocolError(`flow monitor event ${number} is none of OpenFlow 1.4`);
    case 'own':
      return { event, own: true, xid: reader.u32() };
    case 'paused':
    case 'resumed':
      return { event, own: false };
    default: {
      const table = reader.u8();
      const priority = reader.skip(5).u16();
      const cookie = reader.skip(4).u64();
      const match = decodeMatch(reader);
      const flow: Flow = { table, priority, cookie, match, ...decodeInstructions(reader.rest()) };
      return { event, own: false, flow };
    }
  }
}
