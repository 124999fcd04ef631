import { NotUnderstoodError } from './errors.ts';

/** The conclusion of an `ofproto/trace`. */
export interface TraceResult {
  /** The list of datapath actions, unparsed. */
  readonly actions: string;
  /** The fields the conclusion rests on: any frame that agrees in these fares the same. */
  readonly megaflow: string;
}

const ACTIONS = 'Datapath actions: ';
const MEGAFLOW = 'Megaflow: ';
const SLOW_PATH = 'This flow is handled by the userspace slow path because it:';

/**
 * Reads the last lines of an `ofproto/trace` (OVS `ofproto/ofproto-dpif-trace.c`).
 * @throws NotUnderstoodError where the translation failed, goes on after connection tracking, or is not of the known form
 */
export function readTrace(text: string): TraceResult {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith(ACTIONS));
  const line = lines[at];
  const megaflow = lines[at - 1];
  if (line === undefined || megaflow?.startsWith(MEGAFLOW) !== true) {
    throw new NotUnderstoodError('a trace does not end in a megaflow and datapath actions', text.slice(-200));
  }
  let slow = false;
  for (const rest of lines.slice(at + 1)) {
    if (rest === SLOW_PATH) slow = true;
    else if (rest !== '' && !(slow && /^ {2}- .*\.$/.test(rest))) {
      throw new NotUnderstoodError('a trace goes on after its datapath actions', rest);
    }
  }
  return { actions: line.slice(ACTIONS.length), megaflow: megaflow.slice(MEGAFLOW.length) };
}

/** Whether the conclusion rests on the field `name`, such as `dl_dst`; where in doubt, it does. */
export function restsOn(result: TraceResult, name: string): boolean {
  return result.megaflow.includes(name);
}
