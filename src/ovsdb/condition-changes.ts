import { DisconnectedError, OvsdbError, RpcError, ValueError } from './errors.ts';
import { encodeConditions, type MonitorConditions } from './monitor.ts';
import type { RpcChannel } from './rpc-channel.ts';

interface Change {
  readonly conditions: MonitorConditions;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Changes of the conditions of a session's monitors, one at a time and in order (compare OVS `lib/ovsdb-cs.c`, ack_cond, req_cond and
 * new_cond). A change counts once the server has accepted it; one that it refuses is forgotten and harms no other; one that is
 * under way when the connection ends, or asked for while there is none, is put to the next server.
 */
export class ConditionChanges {
  #accepted: MonitorConditions = {};
  readonly #waiting: Change[] = [];
  #underWay: Change | undefined;
  #channel: RpcChannel | undefined;
  #isConditional = false;
  #monitorOf: (table: string) => string = () => '';

  /** What the server has accepted: the conditions to ask for the next monitor with. */
  get accepted(): MonitorConditions {
    return this.#accepted;
  }

  /** Resolves once the server has accepted `conditions`. See OvsdbSession.setConditions for what it rejects with. */
  request(conditions: MonitorConditions): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ conditions, resolve, reject });
      this.#next();
    });
  }

  /**
   * There are monitors with the accepted conditions; `isConditional` says whether their server knows any, `monitorOf` gives the
   * name of a table's.
   */
  connected(channel: RpcChannel, isConditional: boolean, monitorOf: (table: string) => string): void {
    this.#channel = channel;
    this.#monitorOf = monitorOf;
    this.#isConditional = isConditional;
    this.#next();
  }

  /**
   * The connection has ended. Returns whether a change was under way: whether the server had acted on it is not known then, and
   * so neither is which rows its last transactions told of.
   */
  disconnected(): boolean {
    const lost = this.#underWay;
    this.#channel = undefined;
    this.#underWay = undefined;
    if (lost !== undefined) this.#waiting.unshift(lost);
    return lost !== undefined;
  }

  /** Rejects what is not accepted yet. */
  close(): void {
    this.disconnected();
    for (const { reject } of this.#waiting.splice(0)) reject(new DisconnectedError('the session was closed'));
  }

  #next(): void {
    const channel = this.#channel;
    if (channel === undefined || this.#underWay !== undefined) return;
    const change = this.#waiting.shift();
    if (change === undefined) return;
    if (!this.#isConditional) {
      const message = 'the server knows no conditional monitors: every row is sent';
      change.reject(new OvsdbError('OVSDB_UNSUPPORTED', message));
      this.#next();
      return;
    }
    const [id, other] = new Set(Object.keys(change.conditions).map(this.#monitorOf));
    if (id === undefined || other !== undefined) {
      change.reject(new ValueError('a change of conditions names tables of one monitor'));
      this.#next();
      return;
    }
    this.#underWay = change;
    channel.send('monitor_cond_change', [id, id, encodeConditions(change.conditions)], {}, (outcome) => {
      if (this.#underWay !== change) return;
      if ('result' in outcome) {
        this.#accepted = { ...this.#accepted, ...change.conditions };
        change.resolve();
      } else if (outcome.failure instanceof RpcError || outcome.failure instanceof ValueError) {
        change.reject(outcome.failure);
      } else return; // The connection has ended: `disconnected` follows, and takes the change back.
      this.#underWay = undefined;
      this.#next();
    });
  }
}
