import { filter, firstValueFrom, timeout } from 'rxjs';
import type { LockHandle } from '../ovsdb/lock.ts';
import type { VswitchDatabase } from '../vswitch/database.ts';
import { CommandError, ExitCode } from './exit-code.ts';

/** The OVSDB lock that makes agents of one host take turns. */
export const AGENT_LOCK = 'pvlan_agent';

/** How long a command waits for the lock, in milliseconds: a living agent keeps it, a dead one's is free already. */
const PATIENCE_MS = 2000;

/** Takes the agents' lock for a command that changes things. @throws CommandError when an agent holds it */
export async function takeLock(database: VswitchDatabase, command: string): Promise<LockHandle> {
  const lock = database.lock(AGENT_LOCK);
  try {
    await firstValueFrom(lock.held$.pipe(filter(Boolean), timeout(PATIENCE_MS)));
    return lock;
  } catch {
    lock.release();
    if (database.state.kind !== 'synced') {
      throw new CommandError(
        ExitCode.DATABASE,
        `OVSDB went away while '${command}' asked for the agents' lock: try again`,
      );
    }
    throw new CommandError(
      ExitCode.LOCKED,
      `an agent works on this host and would undo it: stop the agent, then '${command}' again`,
    );
  }
}
