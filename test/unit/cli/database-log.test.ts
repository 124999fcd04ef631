import { expect } from 'chai';
import { BehaviorSubject } from 'rxjs';
import { tellDatabase } from '../../../src/cli/database-log.ts';
import type { SessionState } from '../../../src/ovsdb/session-state.ts';
import { until } from '../../lab/until.ts';

const remote = 'unix:/db.sock';
const away = (message: string): SessionState => ({
  kind: 'disconnected',
  remote,
  error: new Error(message),
  retryInMs: 100,
});
const connecting: SessionState = { kind: 'connecting', remote };
const synced: SessionState = { kind: 'synced', remote, answering: true, method: 'monitor', schemaVersion: '8.3.0' };

describe('the log of an agent without OVSDB', () => {
  let lines: string[];
  let state$: BehaviorSubject<SessionState>;
  const log = {
    info: (_: object, message: string): void => void lines.push(message),
    warn: (_: object, message: string): void => void lines.push(`! ${message}`),
    error: (): void => undefined,
  };

  beforeEach(() => {
    lines = [];
    state$ = new BehaviorSubject<SessionState>(connecting);
  });

  it('says why within a second, once for each reason, and when it is over', async () => {
    const telling = tellDatabase(state$, log);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      state$.next(away('no such file'));
      state$.next(connecting);
    }
    const start = performance.now();
    await until('the first line', () => lines.length === 1);
    expect(performance.now() - start).to.be.below(1000);
    state$.next(away('no such file'));
    state$.next(connecting);
    state$.next(away('permission denied'));
    await until('the second line', () => lines.length === 2);
    state$.next(synced);
    await until('the end', () => lines.length === 3);
    expect(lines).to.deep.equal([
      '! waiting for OVSDB: no such file',
      '! waiting for OVSDB: permission denied',
      'OVSDB is in reach again',
    ]);
    telling.unsubscribe();
  });

  it('says nothing of a restart', async () => {
    const telling = tellDatabase(state$, log, 30);
    state$.next(away('nobody listens'));
    state$.next(synced);
    state$.next(away('gone'));
    await until('the line of the later one', () => lines.length > 0);
    expect(lines).to.deep.equal(['! waiting for OVSDB: gone']);
    telling.unsubscribe();
  });

  it('tells of a server that takes connections and answers nothing', async () => {
    const telling = tellDatabase(state$, log, 10);
    await until('the line', () => lines.length > 0);
    expect(lines).to.deep.equal(['! waiting for OVSDB: no server has answered yet']);
    telling.unsubscribe();
  });
});
