import { run } from './run.ts';

/** A network namespace with a name (`ip netns`), where IPv6 is off so that its kernel never sends a frame unasked. */
export class Netns {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  static async create(name: string): Promise<Netns> {
    await run('ip', ['netns', 'add', name]);
    const netns = new Netns(name);
    for (const scope of ['all', 'default']) {
      await netns.run('sysctl', ['-e', '-q', '-w', `net.ipv6.conf.${scope}.disable_ipv6=1`]);
    }
    return netns;
  }

  /** The command line that runs `argv` inside. */
  wrap(argv: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.name, ...argv];
  }

  async run(file: string, args: readonly string[]): Promise<string> {
    return run('ip', ['netns', 'exec', this.name, file, ...args]);
  }

  async delete(): Promise<void> {
    await deleteNetns(this.name);
  }
}

/** Ends every process inside the namespace, which all are children of the lab, and removes it. */
export async function deleteNetns(name: string): Promise<void> {
  const pids = await run('ip', ['netns', 'pids', name]);
  for (const pid of pids.split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself in the meantime.
    }
  }
  await run('ip', ['netns', 'delete', name]);
}

export interface LinkEnd {
  readonly netns: Netns;
  /** At most 15 characters. */
  readonly name: string;
}

/**
 * Lays a cable (veth pair) between two namespaces and brings it up. Offloads are off: Open vSwitch in userspace reads
 * raw frames and neither splits segments nor completes checksums.
 */
export async function layCable(a: LinkEnd, b: LinkEnd): Promise<void> {
  await run('ip', [
    ...['link', 'add', a.name, 'netns', a.netns.name, 'type', 'veth'],
    ...['peer', 'name', b.name, 'netns', b.netns.name],
  ]);
  for (const end of [a, b]) {
    await end.netns.run('ethtool', ['-K', end.name, 'tx', 'off', 'tso', 'off', 'gso', 'off', 'gro', 'off']);
    await run('ip', ['-n', end.netns.name, 'link', 'set', end.name, 'up']);
  }
}
