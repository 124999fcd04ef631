import { Writer } from './bytes.ts';
import { InvalidFlow } from './errors.ts';
import type { Flow, FlowMod } from './flow.ts';
import { encodeInstructions } from './instruction-codec.ts';
import { encodeMatch } from './match-codec.ts';
import type { Version } from './message.ts';

/** Commands of OFPT_FLOW_MOD (OpenFlow 1.5 section 7.3.4.3). */
const COMMAND = { add: 0, deleteStrict: 4 } as const;
export const ANY = 0xffffffff;
const NO_BUFFER = 0xffffffff;
const MAX_LENGTH = 0xffff - 24;

/**
 * Body of the OFPT_FLOW_MOD for one change. A strict deletion compares the cookie under `cookieMask` and leaves the
 * flow of anyone else alone. Throws {@link InvalidFlow} when OpenFlow cannot express it.
 */
export function encodeFlowMod(mod: FlowMod, version: Version): Buffer {
  const { flow } = mod;
  checkFlow(flow);
  const writer = new Writer();
  writer.u64(flow.cookie).u64(mod.command === 'deleteStrict' ? mod.cookieMask : 0n);
  writer.u8(flow.table).u8(COMMAND[mod.command]).zeros(4).u16(flow.priority);
  writer.u32(NO_BUFFER).u32(ANY).u32(ANY).zeros(4);
  encodeMatch(writer, flow.match);
  if (mod.command === 'add') encodeInstructions(writer, flow, version);
  if (writer.length > MAX_LENGTH)
    throw new InvalidFlow(`the flow takes ${writer.length} bytes, more than a message holds`);
  return writer.finish();
}

function checkFlow({ table, priority, cookie }: Flow): void {
  if (!Number.isInteger(table) || table < 0 || table > 254) throw new InvalidFlow(`table ${table} is not 0 to 254`);
  if (!Number.isInteger(priority) || priority < 0 || priority > 0xffff)
    throw new InvalidFlow(`priority ${priority} is not 0 to 65535`);
  if (cookie < 0n || cookie >> 64n !== 0n) throw new InvalidFlow(`cookie ${cookie.toString()} does not fit 64 bits`);
}
