import { CONFLICT_FAULTS } from './conflict-faults.ts';
import { DATABASE_FAULTS } from './database-faults.ts';
import { DAEMON_FAULTS } from './daemon-faults.ts';
import type { Fault } from './fault.ts';
import { SWITCH_FAULTS } from './switch-faults.ts';
import { WRITER_FAULTS } from './writer-faults.ts';

/** Everything that goes wrong in a run. */
export const FAULTS: readonly Fault[] = [
  ...DAEMON_FAULTS,
  ...DATABASE_FAULTS,
  ...SWITCH_FAULTS,
  ...WRITER_FAULTS,
  ...CONFLICT_FAULTS,
];
