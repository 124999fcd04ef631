import { distinctUntilChanged, map, switchMap, timer, type Observable, type Subscription } from 'rxjs';
import type { AgentLog } from '../base/agent-log.ts';
import type { SessionState } from '../ovsdb/session-state.ts';

/** A restart of ovsdb-server is over sooner, in milliseconds, and nothing to speak of. */
const PATIENCE_MS = 700;

/** Logs why OVSDB is out of reach within a second, again whenever the reason is another one, and when it is back. */
export function tellDatabase(state$: Observable<SessionState>, log: AgentLog, patienceMs = PATIENCE_MS): Subscription {
  let told: string | undefined;
  return state$
    .pipe(
      map(whyAway),
      // An attempt under way says nothing new, and nothing of the one before is forgotten for it.
      distinctUntilChanged((before, now) => now === before || (now === CONNECTING && before !== undefined)),
      switchMap((why) => timer(why === undefined || told !== undefined ? 0 : patienceMs).pipe(map(() => why))),
    )
    .subscribe((why) => {
      if (why === undefined && told !== undefined) log.info({ event: 'database' }, 'OVSDB is in reach again');
      if (why !== undefined && why !== told) log.warn({ event: 'database' }, `waiting for OVSDB: ${why}`);
      told = why;
    });
}

const CONNECTING = 'no server has answered yet';

/** Why the database cannot be used now; undefined when it can. */
function whyAway(state: SessionState): string | undefined {
  switch (state.kind) {
    case 'synced':
    case 'closed':
      return undefined;
    case 'disconnected':
      return state.error.message;
    case 'connecting':
    case 'connected':
      return CONNECTING;
  }
}
