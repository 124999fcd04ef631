import type { AgentLog } from './agent-log.ts';
import { messageOf } from './thrown.ts';

/** A fault that lasts is told again this often, in milliseconds. */
const REPEAT_MS = 60_000;

/** Tells of faults, each as one line; the same one only now and then while it lasts. */
export class FaultLog {
  readonly #log: AgentLog;
  /** Faults told already, and when. */
  readonly #told = new Map<string, { readonly line: string; readonly at: number }>();

  constructor(log: AgentLog) {
    this.#log = log;
  }

  report(what: string, error: unknown): void {
    const line = `${what}: ${messageOf(error)}`;
    const before = this.#told.get(what);
    const now = performance.now();
    if (before?.line === line && now - before.at < REPEAT_MS) return;
    this.#told.set(what, { line, at: now });
    this.#log.error({ event: 'fault' }, line);
  }
}
