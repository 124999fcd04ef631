import { BehaviorSubject, distinctUntilChanged, type Observable } from 'rxjs';
import { OvsdbError } from './errors.ts';
import { isJsonObject, member, type Json } from './json-value.ts';
import type { RpcChannel } from './rpc-channel.ts';

/** A named lock of the server (RFC 7047 4.1.8), asked for again after each reconnect until it is released. */
export interface LockHandle {
  readonly name: string;
  /** Whether the lock is held at this moment; false while disconnected. Ends when the lock is released. */
  readonly held$: Observable<boolean>;
  readonly held: boolean;
  /** Gives the lock up, or stops waiting for it. The server is told if it can be. */
  release(): void;
}

interface Lock {
  readonly name: string;
  readonly held: BehaviorSubject<boolean>;
  steal: boolean;
}

/** The locks one session has asked for. */
export class LockSet {
  readonly #locks = new Map<string, Lock>();
  #channel: RpcChannel | undefined;

  /** Asks for `name`; `steal` takes it from whoever holds it, once. @throws OvsdbError when this session has it already */
  request(name: string, steal: boolean): LockHandle {
    if (this.#locks.has(name))
      throw new OvsdbError('OVSDB_LOCK', `this session has asked for the lock "${name}" already`);
    const lock: Lock = { name, held: new BehaviorSubject(false), steal };
    this.#locks.set(name, lock);
    this.#ask(lock);
    return {
      name,
      held$: lock.held.pipe(distinctUntilChanged()),
      get held() {
        return lock.held.value;
      },
      release: () => {
        this.#release(lock);
      },
    };
  }

  /** A new connection holds no locks: asks for each again. */
  connected(channel: RpcChannel): void {
    this.#channel = channel;
    for (const lock of this.#locks.values()) this.#ask(lock);
  }

  /** The server drops a session's locks with its connection. */
  disconnected(): void {
    this.#channel = undefined;
    for (const lock of this.#locks.values()) lock.held.next(false);
  }

  /** Takes a `locked` or `stolen` notification (RFC 7047 4.1.9 and 4.1.10). */
  notified(method: 'locked' | 'stolen', params: readonly Json[]): void {
    const [name] = params;
    if (typeof name === 'string') this.#locks.get(name)?.held.next(method === 'locked');
  }

  /** Forgets every lock; the connection is about to end. */
  close(): void {
    for (const lock of this.#locks.values()) {
      lock.held.next(false);
      lock.held.complete();
    }
    this.#locks.clear();
  }

  #ask(lock: Lock): void {
    const channel = this.#channel;
    if (channel === undefined) return;
    const method = lock.steal ? 'steal' : 'lock';
    channel.send(method, [lock.name], {}, (outcome) => {
      if (this.#locks.get(lock.name) !== lock || this.#channel !== channel) return;
      if ('failure' in outcome) {
        // Whether it is held is unknown; a new connection settles it.
        channel.close(outcome.failure);
        return;
      }
      lock.steal = false;
      if (isJsonObject(outcome.result) && member(outcome.result, 'locked') === true) lock.held.next(true);
    });
  }

  #release(lock: Lock): void {
    if (this.#locks.get(lock.name) !== lock) return;
    this.#locks.delete(lock.name);
    lock.held.next(false);
    lock.held.complete();
    this.#channel?.send('unlock', [lock.name], {}, () => undefined);
  }
}
