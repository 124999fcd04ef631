import { CONFLICT_FAULTS } from './conflict-faults.ts';
import { DAEMON_FAULTS } from './daemon-faults.ts';
import type { Fault } from './fault.ts';
import { SWITCH_FAULTS } from './switch-faults.ts';

/** Everything that goes wrong in a run. */
export const FAULTS: readonly Fault[] = [...DAEMON_FAULTS, ...SWITCH_FAULTS, ...CONFLICT_FAULTS];
