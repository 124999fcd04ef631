import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { execa } from 'execa';

/** Where and of what something was measured. */
export interface Environment {
  readonly at: string;
  readonly commit: string;
  readonly processor: string;
  readonly processors: number;
  readonly memoryMiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly openVswitch: string;
  /** Undefined where it is not installed. */
  readonly ovn: string | undefined;
  /** Processes that ran or waited for a processor, in the last minute, before the run. */
  readonly load: number;
}

async function firstLine(command: string, ...args: readonly string[]): Promise<string | undefined> {
  const { failed, stdout } = await execa(command, args, { reject: false, stdin: 'ignore' });
  return failed ? undefined : stdout.split('\n')[0];
}

export async function environment(root: string): Promise<Environment> {
  const [commit, changes, openVswitch, ovn] = await Promise.all([
    firstLine('git', '-C', root, 'rev-parse', '--short', 'HEAD'),
    firstLine('git', '-C', root, 'status', '--porcelain', '--untracked-files=no'),
    firstLine('ovs-vswitchd', '--version'),
    firstLine('ovn-controller', '--version'),
  ]);
  return {
    at: new Date().toISOString(),
    commit: `${commit ?? 'none'}${changes ? ' with changes' : ''}`,
    processor: cpus()[0]?.model ?? 'unknown',
    processors: availableParallelism(),
    memoryMiB: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    node: process.version,
    openVswitch: openVswitch?.replace(/.* /, '') ?? 'none',
    ovn: ovn?.replace(/.* /, ''),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

/** The environment in a line. */
export function describe(environment: Environment): string {
  const { commit, processor, processors, node, openVswitch, ovn, load } = environment;
  const rival = ovn === undefined ? 'no OVN installed' : `OVN ${ovn}`;
  return `commit ${commit}, Node ${node}, Open vSwitch ${openVswitch}, ${rival}; ${processors} × ${processor}, load ${load}`;
}
