import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PortStatus } from '../../../src/bridge/report/status.ts';
import { fetchStatus } from '../../../src/cli/control-client.ts';
import { Daemon } from '../../lab/daemon.ts';
import type { Host } from '../../lab/host.ts';
import { LabError } from '../../lab/errors.ts';
import { until } from '../../lab/until.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** `pvlan-agent run` as it is on a hypervisor: unconfigured, with libvirt and Open vSwitch where they are by default. */
export class ResidentAgent {
  readonly #socket: string;
  readonly #log: string;
  readonly #daemon: Daemon;

  constructor(host: Host) {
    // Its namespaces have another current folder, and it is started from its sources.
    const node = ['env', '-C', ROOT, process.execPath, '--import=tsx', 'src/cli/main.ts'];
    const argv = [...node, 'run', '--control', '/run/agent.sock'];
    this.#socket = join(host.folder, 'run', 'agent.sock');
    this.#log = join(host.folder, 'log', 'resident-agent.log');
    this.#daemon = Daemon.start(`pvlan-agent on ${host.name}`, host.libvirt.wrap(argv), { output: this.#log });
  }

  /** What it says of a port; undefined while it does not answer or does not know the port. */
  async port(name: string): Promise<PortStatus | undefined> {
    if (!this.#daemon.running) throw new LabError('LAB_DAEMON', `the agent ended; see ${this.#log}`);
    const status = await fetchStatus(this.#socket).catch(() => undefined);
    return status?.bridges.flatMap(({ ports }) => ports).find((port) => port.name === name);
  }

  /** Waits until it says that the port is installed. */
  async installed(name: string): Promise<void> {
    await until(
      `${name} to be installed (see ${this.#log})`,
      async () => (await this.port(name))?.state === 'installed',
    );
  }

  async stop(): Promise<void> {
    await this.#daemon.kill('SIGTERM');
  }
}
