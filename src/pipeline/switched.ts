import type { Flow } from '../openflow/flow.ts';
import { BRIDGE_COOKIE } from './cookie.ts';
import { Step } from './layout.ts';
import { NORMAL } from './steps.ts';

/** The last flow of a table: NORMAL switches by VLAN and learned address, and cannot reach parked ports. */
export function switchedNormally(table: number): Flow {
  return { table, priority: Step.DEFAULT, cookie: BRIDGE_COOKIE, match: {}, actions: [NORMAL] };
}
