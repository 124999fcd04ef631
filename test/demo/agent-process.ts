import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { fetchStatus } from '../../src/cli/control-client.ts';
import { Daemon } from '../lab/daemon.ts';
import { LabError } from '../lab/errors.ts';
import { until } from '../lab/until.ts';
import { PRIMARY, ROUTER_MAC } from './cast.ts';
import type { Host } from '../lab/host.ts';

/** The bundled agent, as it is installed on a hypervisor. */
export const BUNDLE = fileURLToPath(new URL('../../dist/pvlan-agent.mjs', import.meta.url));

/** `pvlan-agent run` as a child process, at work on one hypervisor of the lab. */
export class AgentProcess {
  readonly host: Host;
  /** Its configuration, which every other command takes as well. */
  readonly configFile: string;
  readonly controlSocket: string;
  readonly #log: string;
  readonly #daemon: Daemon;

  private constructor(host: Host, configFile: string, controlSocket: string, log: string) {
    this.host = host;
    this.configFile = configFile;
    this.controlSocket = controlSocket;
    this.#log = log;
    const argv = [process.execPath, BUNDLE, 'run', '--config', configFile];
    this.#daemon = Daemon.start(`pvlan-agent of ${host.name}`, argv, { output: log });
    host.onClose(() => this.kill());
  }

  /** Starts the agent; with libvirt it asks the host's own libvirt, else ports tell by their `port-profile`. */
  static async start(host: Host, { libvirt = false } = {}): Promise<AgentProcess> {
    const configFile = join(host.folder, 'etc', 'pvlan-agent.yaml');
    const controlSocket = join(host.folder, 'run', 'pvlan-agent.sock');
    const config = {
      ovsdb: `unix:${host.dbSocket}`,
      libvirt: libvirt ? { stateDir: host.libvirt.stateDir, configDir: host.libvirt.configDir } : 'none',
      control: controlSocket,
      pvlans: [{ primary: PRIMARY, promiscuousMacs: [ROUTER_MAC] }],
    };
    // JSON is YAML.
    await writeFile(configFile, `${JSON.stringify(config, undefined, 2)}\n`);
    return new AgentProcess(host, configFile, controlSocket, join(host.folder, 'log', 'pvlan-agent.log'));
  }

  /**
   * Waits until the agent says that the ports are installed: ovs-vswitchd has acknowledged their flows. The mark in OVSDB says
   * so, too, but after a kill it may be what the agent before this one left.
   */
  async installed(ports: readonly string[]): Promise<void> {
    const look = async (): Promise<boolean> => {
      if (!this.#daemon.running) {
        throw new LabError('DEMO_AGENT', `${this.#daemon.name} ended: ${await this.#lastWords()}`);
      }
      const report = await fetchStatus(this.controlSocket).catch(() => undefined);
      const known = report?.bridges.flatMap((bridge) => bridge.ports) ?? [];
      return ports.every((name) => known.some((port) => port.name === name && port.state === 'installed'));
    };
    const what = `${ports.join(', ')} to be installed (see ${this.#log})`;
    await until(what, look, { timeout: 30_000, interval: 30 });
  }

  /** What `pvlan-agent status` prints. */
  async status(): Promise<string> {
    const argv = [BUNDLE, 'status', '--config', this.configFile];
    const { all } = await execa(process.execPath, argv, { all: true, reject: false, timeout: 10_000 });
    return all;
  }

  /** Ends the agent as a crash does: it gets to do nothing more. */
  async kill(): Promise<void> {
    await this.#daemon.kill('SIGKILL');
  }

  async #lastWords(): Promise<string> {
    return (await readFile(this.#log, 'utf8')).trim().split('\n').slice(-3).join('\n');
  }
}
