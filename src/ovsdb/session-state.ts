import type { MonitorMethod } from './monitor.ts';

/** Where a session stands. */
export type SessionState =
  | { readonly kind: 'connecting'; readonly remote: string }
  /** The stream is open; schema and content are under way. */
  | { readonly kind: 'connected'; readonly remote: string; readonly answering: boolean }
  /** The replica equals the database and follows it. */
  | {
      readonly kind: 'synced';
      readonly remote: string;
      /** False while a server on a socket of this host answers nothing: it is stopped, or at work on something long. */
      readonly answering: boolean;
      readonly method: MonitorMethod;
      readonly schemaVersion: string;
    }
  /** The replica keeps its last content, which may be stale. The next attempt is in `retryInMs`. */
  | { readonly kind: 'disconnected'; readonly remote: string; readonly error: Error; readonly retryInMs: number }
  | { readonly kind: 'closed' };
