import { asError } from '../base/thrown.ts';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectRemote } from '../ovsdb/connect.ts';
import { OvsdbError, RpcError } from '../ovsdb/errors.ts';
import { RpcChannel } from '../ovsdb/rpc-channel.ts';

/** A daemon's control socket could not be found. */
export class UnixctlError extends OvsdbError {
  constructor(message: string, options?: ErrorOptions) {
    super('UNIXCTL', message, options);
  }
}

/**
 * Commands to a running Open vSwitch daemon, as `ovs-appctl` sends them: JSON-RPC 1.0 with string arguments over the daemon's
 * control socket (OVS `lib/unixctl.c`). Makes one connection a call, so a restarted daemon needs no care.
 */
export class Unixctl {
  readonly path: string;

  /** @param path the control socket, e.g. `/run/openvswitch/ovs-vswitchd.1234.ctl` */
  constructor(path: string) {
    this.path = path;
  }

  /**
   * Finds the control socket of `daemon` in its run folder: by its pid file, which names a process of the host's and serves as
   * a file name alone, or else the only socket there.
   * @throws UnixctlError
   */
  static async find(rundir: string, daemon = 'ovs-vswitchd'): Promise<Unixctl> {
    const pid = await readFile(join(rundir, `${daemon}.pid`), 'utf8').catch(() => '');
    if (/^\d+\s*$/.test(pid)) return new Unixctl(join(rundir, `${daemon}.${pid.trim()}.ctl`));
    const names = await readdir(rundir).catch((error: unknown) => {
      throw new UnixctlError(
        `cannot list ${rundir} to find ${daemon} (${asError(error).message}): mount its run folder`,
      );
    });
    const sockets = names.filter((name) => name.startsWith(`${daemon}.`) && name.endsWith('.ctl'));
    const [only] = sockets;
    if (only !== undefined && sockets.length === 1) return new Unixctl(join(rundir, only));
    const found = sockets.length === 0 ? 'no control socket' : `${sockets.length} control sockets and no pid file`;
    throw new UnixctlError(`${rundir} holds ${found} of ${daemon}: is it running, and is this its run folder?`);
  }

  /**
   * Runs one command and resolves with its output.
   * @throws ConnectError, RpcError when the daemon refuses the command, TimeoutError after `timeoutMs`
   */
  async run(method: string, args: readonly string[], options: { readonly timeoutMs: number }): Promise<string> {
    const signal = AbortSignal.timeout(options.timeoutMs);
    const socket = await connectRemote({ kind: 'unix', path: this.path }, undefined, signal);
    const channel = new RpcChannel(socket, { peer: this.path });
    try {
      const result = await channel.call(method, args, options);
      if (typeof result !== 'string') throw new RpcError(method, 'the daemon answered with something else than text');
      return result;
    } finally {
      channel.close();
    }
  }

  /** `run` with a deadline of 10 s. */
  call(method: string, ...args: readonly string[]): Promise<string> {
    return this.run(method, args, { timeoutMs: 10_000 });
  }
}
