import { connectRemote } from '../ovsdb/connect.ts';
import { RpcError } from '../ovsdb/errors.ts';
import { RpcChannel } from '../ovsdb/rpc-channel.ts';
import type { Unixctl } from './unixctl.ts';

const CONNECT_MS = 5000;

/**
 * A kept-open connection to an Open vSwitch daemon, for commands by the thousand. Calls may overlap: the daemon answers them in
 * order, up to ten between two rounds of its own work (OVS `lib/unixctl.c`, run_connection).
 */
export class UnixctlSession {
  readonly #channel: RpcChannel;

  private constructor(channel: RpcChannel) {
    this.#channel = channel;
  }

  /** @throws ConnectError when no daemon listens there */
  static async open(unixctl: Unixctl): Promise<UnixctlSession> {
    const remote = { kind: 'unix', path: unixctl.path } as const;
    const socket = await connectRemote(remote, undefined, AbortSignal.timeout(CONNECT_MS));
    return new UnixctlSession(new RpcChannel(socket, { peer: unixctl.path }));
  }

  /** @throws RpcError when the daemon refuses the command, TimeoutError, DisconnectedError once the connection is lost */
  async call(method: string, args: readonly string[], options: { readonly timeoutMs: number }): Promise<string> {
    const result = await this.#channel.call(method, args, options);
    if (typeof result !== 'string') throw new RpcError(method, 'the daemon answered with something else than text');
    return result;
  }

  close(): void {
    this.#channel.close();
  }
}
