import { ProtocolError } from './errors.ts';
import type { Version } from './message.ts';

/** A flow that has matched at least once. */
export interface FlowCounter {
  /** The same for the same table, priority and match, and for no others. */
  readonly place: string;
  readonly cookie: bigint;
  /** Since the flow was added, or since one was that it replaced in its place. */
  readonly packets: number;
}

/** OXS_OF_PKT_COUNT (OpenFlow 1.5 section 7.3.5.3): class 0x8002, field 4. */
const OXS_CLASS = 0x8002;
const OXS_PACKET_COUNT = 4;

/**
 * The counters in one part of a reply to OFPMP_FLOW. Matches and instructions are not decoded: there may be tens of thousands of flows,
 * and of most there is nothing to tell. @throws ProtocolError
 */
export function decodeFlowCounters(body: Buffer, version: Version): FlowCounter[] {
  const counters: FlowCounter[] = [];
  try {
    for (let at = 0; at < body.length;) {
      const length = body.readUInt16BE(at);
      if (length < 24 || at + length > body.length) throw malformed();
      const entry = body.subarray(at, at + length);
      const counter = version === 0x06 ? decode15(entry) : decode14(entry);
      if (counter !== undefined) counters.push(counter);
      at += length;
    }
  } catch (error) {
    throw error instanceof ProtocolError ? error : malformed();
  }
  return counters;
}

/** `struct ofp14_flow_stats`. */
function decode14(entry: Buffer): FlowCounter | undefined {
  const packets = entry.readBigUInt64BE(32);
  if (packets === 0n) return undefined;
  return { place: placeOf(entry, 2, 12, 48), cookie: entry.readBigUInt64BE(24), packets: Number(packets) };
}

/** `struct ofp15_flow_desc`: fixed fields, match, statistics, instructions. */
function decode15(entry: Buffer): FlowCounter | undefined {
  const statistics = 24 + paddedMatch(entry, 24);
  const end = statistics + entry.readUInt16BE(statistics + 2);
  for (let at = statistics + 4; at < end; at += 4 + entry.readUInt8(at + 3)) {
    if (entry.readUInt16BE(at) !== OXS_CLASS || entry.readUInt8(at + 2) >> 1 !== OXS_PACKET_COUNT) continue;
    const packets = entry.readBigUInt64BE(at + 4);
    if (packets === 0n) return undefined;
    return { place: placeOf(entry, 4, 6, 24), cookie: entry.readBigUInt64BE(16), packets: Number(packets) };
  }
  return undefined;
}

/** Where in the entry the table, the priority and the match are, as text that is the same for the same. */
function placeOf(entry: Buffer, table: number, priority: number, match: number): string {
  const bytes = entry.subarray(match, match + paddedMatch(entry, match));
  return `${entry.readUInt8(table)},${entry.readUInt16BE(priority)},${bytes.toString('latin1')}`;
}

/** `struct ofp_match` says its length without the padding to a multiple of eight. */
function paddedMatch(entry: Buffer, at: number): number {
  return (entry.readUInt16BE(at + 2) + 7) & ~7;
}

function malformed(): ProtocolError {
  return new ProtocolError('flow statistics end early, or are longer than their entry');
}
