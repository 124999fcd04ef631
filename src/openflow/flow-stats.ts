import { Reader, Writer } from './bytes.ts';
import type { Flow } from './flow.ts';
import { ANY } from './flow-mod-codec.ts';
import { decodeInstructions } from './instruction-codec.ts';
import { decodeMatch, encodeMatch } from './match-codec.ts';
import type { Version } from './message.ts';

/** OFPTT_ALL: every table. */
export const ALL_TABLES = 0xff;

/** Which flows to read: those whose cookie agrees with `cookie` in the bits of `cookieMask` (0: any cookie). */
export interface FlowFilter {
  readonly cookie: bigint;
  readonly cookieMask: bigint;
  /** 0 to 254; every table when absent. */
  readonly table?: number;
}

/** Body of an OFPMP_FLOW request (OFPMP_FLOW_DESC in OpenFlow 1.5, the same bytes). */
export function encodeFlowStatsRequest({ cookie, cookieMask, table }: FlowFilter): Buffer {
  const writer = new Writer().u8(table ?? ALL_TABLES).zeros(3);
  writer.u32(ANY).u32(ANY).zeros(4).u64(cookie).u64(cookieMask);
  encodeMatch(writer, {});
  return writer.finish();
}

/**
 * The flows in one part of the reply: `ofp_flow_stats` in OpenFlow 1.4, `ofp_flow_desc` with OXS statistics in 1.5
 * (OVS `lib/ofp-flow.c`). Statistics and timeouts are left behind.
 */
export function decodeFlowStats(body: Buffer, version: Version): Flow[] {
  const reader = new Reader(body, 'flow statistics');
  const flows: Flow[] = [];
  while (reader.remaining > 0) {
    flows.push(version === 0x06 ? decode15(reader.structure(0, 24)) : decode14(reader.structure(0, 48)));
  }
  return flows;
}

function decode14(entry: Buffer): Flow {
  const reader = new Reader(entry, 'flow statistics entry').skip(2);
  const table = reader.u8();
  const priority = reader.skip(9).u16();
  const cookie = reader.skip(10).u64();
  const match = decodeMatch(reader.skip(16));
  return { table, priority, cookie, match, ...decodeInstructions(reader.rest()) };
}

function decode15(entry: Buffer): Flow {
  const reader = new Reader(entry, 'flow description entry').skip(4);
  const table = reader.u8();
  const priority = reader.skip(1).u16();
  const cookie = reader.skip(8).u64();
  const match = decodeMatch(reader);
  skipStatistics(reader);
  return { table, priority, cookie, match, ...decodeInstructions(reader.rest()) };
}

/** `struct ofp_stats`: reserved, length without padding, OXS fields. */
function skipStatistics(reader: Reader): void {
  const statistics = reader.structure(2, 4);
  reader.skip(-statistics.length & 7);
}
