import { asError } from '../base/thrown.ts';
import { RpcError } from '../ovsdb/errors.ts';
import type { Unixctl } from '../vswitch/unixctl.ts';
import { UnixctlSession } from '../vswitch/unixctl-session.ts';
import { DatapathPorts } from './datapath-ports.ts';
import { NotUnderstoodError } from './errors.ts';

/** Connections, and questions under way on each: the daemon takes up to ten of a connection at a time. */
const CONNECTIONS = 4;
const UNDER_WAY = 8;
const PATIENCE_MS = 30_000;

/** Puts questions to a running ovs-vswitchd. Nothing is sent and nothing is learned: `ofproto/trace` without a packet. */
export class Interrogator {
  readonly #sessions: readonly UnixctlSession[];

  private constructor(sessions: readonly UnixctlSession[]) {
    this.#sessions = sessions;
  }

  /** @throws ConnectError */
  static async open(unixctl: Unixctl): Promise<Interrogator> {
    const opened = await Promise.allSettled(Array.from({ length: CONNECTIONS }, () => UnixctlSession.open(unixctl)));
    const sessions = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = opened.find((one) => one.status === 'rejected');
    if (failed === undefined) return new Interrogator(sessions);
    for (const session of sessions) session.close();
    throw asError(failed.reason);
  }

  /** The datapath's ports now. @throws NotUnderstoodError */
  async ports(): Promise<DatapathPorts> {
    const ports = DatapathPorts.read(await this.#ask('dpif/show', []));
    ports.learnBonds(await this.#ask('bond/show', []));
    return ports;
  }

  /** The stations that a bridge has heard, as `fdb/show` prints them. */
  async learned(bridge: string): Promise<string> {
    return this.#ask('fdb/show', [bridge]);
  }

  /** Runs `ofproto/trace`. @throws NotUnderstoodError when ovs-vswitchd refuses the question */
  async trace(bridge: string, frame: string, lane = 0): Promise<string> {
    try {
      return await this.#ask('ofproto/trace', [bridge, frame], lane);
    } catch (error) {
      if (error instanceof RpcError) throw new NotUnderstoodError('ovs-vswitchd refuses the question', error.message);
      throw error;
    }
  }

  /** Does `work` for every item, as many at a time as the daemon serves well. `lane` says which connection to use. */
  async forEach<T>(items: readonly T[], work: (item: T, lane: number) => Promise<void>): Promise<void> {
    const queue = items[Symbol.iterator]();
    const run = async (lane: number): Promise<void> => {
      for (const item of queue) await work(item, lane);
    };
    await Promise.all(Array.from({ length: CONNECTIONS * UNDER_WAY }, (_, index) => run(index % CONNECTIONS)));
  }

  close(): void {
    for (const session of this.#sessions) session.close();
  }

  #ask(method: string, args: readonly string[], lane = 0): Promise<string> {
    const session = this.#sessions[lane];
    if (session === undefined) throw new RangeError(`there is no connection ${lane}`);
    return session.call(method, args, { timeoutMs: PATIENCE_MS });
  }
}
