import { alarmText } from '../../src/alarm/alarm.ts';
import { join } from 'node:path';
import { Agent } from '../../src/agent/agent.ts';
import { Configuration } from '../../src/agent/configuration.ts';
import { AGENT_LOCK } from '../../src/cli/lock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { GUEST_NAMESPACE } from '../../src/observe/guest-metadata.ts';
import type { AgentLog } from '../../src/base/agent-log.ts';
import { Fleet } from '../../src/fleet/fleet.ts';
import type { Config } from '../../src/config/config.ts';
import { LibvirtSources, type LibvirtSourcesOptions } from '../../src/libvirt/sources.ts';
import { parseRemote } from '../../src/ovsdb/remote.ts';
import { VswitchDatabase } from '../../src/vswitch/database.ts';
import type { Host } from '../lab/host.ts';
import { until } from '../lab/until.ts';

/** Lines the agent logged, for a test to look at. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
}

export interface AgentOnOptions {
  /** Configuration beyond the paths, as in the file. */
  readonly config?: Partial<Config>;
  /** The fleet that the host is in, by this name, and the remote of its database. */
  readonly fleet?: { readonly host: string; readonly remote: string };
  /** `host`: the host's own libvirt, or what these options name; default: none, ports speak by their port-profile. */
  readonly libvirt?: 'none' | 'host' | Omit<LibvirtSourcesOptions, 'report'>;
}

/** The agent on a host of the lab, inside this process: the same wiring as `pvlan-agent run`. */
export class AgentOn {
  readonly agent: Agent;
  readonly log: LogLine[];
  readonly #database: VswitchDatabase;
  readonly #libvirt: LibvirtSources | undefined;
  readonly fleet: Fleet | undefined;

  private constructor(
    agent: Agent,
    log: LogLine[],
    database: VswitchDatabase,
    libvirt: LibvirtSources | undefined,
    fleet: Fleet | undefined,
  ) {
    this.fleet = fleet;
    this.agent = agent;
    this.log = log;
    this.#database = database;
    this.#libvirt = libvirt;
  }

  static async start(host: Host, options: AgentOnOptions = {}): Promise<AgentOn> {
    const config: Config = {
      ...loadConfig({
        env: {},
        defaultFile: join(host.folder, 'no-such-file'),
        flags: { ovsdb: `unix:${host.dbSocket}`, libvirt: 'none' },
      }),
      ...options.config,
    };
    const database = new VswitchDatabase({ remotes: [parseRemote(`unix:${host.dbSocket}`)], maxBackoffMs: 200 });
    const libvirt = openLibvirt(host, options.libvirt ?? 'none');
    await libvirt?.ready;
    await database.ready({ timeoutMs: 10_000 });
    const log: LogLine[] = [];
    const logger = (level: LogLine['level']) => (_: object, message: string) => {
      log.push({ level, message });
    };
    const logs = { info: logger('info'), warn: logger('warn'), error: logger('error') };
    const fleet = options.fleet === undefined ? undefined : openFleet(host, options.fleet, config, logs);
    const agent = new Agent({
      configuration: new Configuration(config),
      version: 'test',
      database,
      libvirt,
      lock: database.lock(AGENT_LOCK),
      fleet,
      log: logs,
    });
    agent.start();
    return new AgentOn(agent, log, database, libvirt, fleet);
  }

  /** The alarms that stand, as `status` prints them. */
  get alarms(): readonly string[] {
    return this.agent.status().alarms.map(alarmText);
  }

  /** Waits until every named port is in `state`. */
  async reached(state: string, ...ports: readonly string[]): Promise<void> {
    await until(
      `${ports.join(', ')} to be ${state}`,
      () => {
        const now = this.agent.status().bridges.flatMap((bridge) => bridge.ports);
        return ports.every((name) => now.find((port) => port.name === name)?.state === state);
      },
      { timeout: 15_000 },
    ).catch((error: unknown) => {
      const lines = this.log.map((line) => `${line.level}: ${line.message}`).join('\n');
      throw new Error(`${String(error)}\n${JSON.stringify(this.agent.status(), null, 1)}\n${lines}`);
    });
  }

  /** Ends the agent as SIGTERM does: what it installed stays. */
  async stop(): Promise<void> {
    await this.agent.stop();
    await this.fleet?.close();
    await this.#libvirt?.close();
    this.#database.close();
  }
}

function openFleet(
  host: Host,
  { host: name, remote }: NonNullable<AgentOnOptions['fleet']>,
  { pvlans }: Config,
  log: AgentLog,
): Fleet {
  const connection = { remotes: [parseRemote(remote)], minBackoffMs: 20, maxBackoffMs: 100 } as const;
  return new Fleet({
    host: name,
    version: 'test',
    read: connection,
    write: connection,
    cacheFile: join(host.folder, 'fleet.json'),
    pvlans: pvlans.map(({ primary }) => primary),
    log,
  });
}

function openLibvirt(host: Host, which: NonNullable<AgentOnOptions['libvirt']>): LibvirtSources | undefined {
  if (which === 'none') return undefined;
  if (which !== 'host') return new LibvirtSources({ ...which, report: () => undefined });
  const { stateDir, configDir } = host.libvirt;
  return new LibvirtSources({ stateDir, configDir, namespaces: [GUEST_NAMESPACE], report: () => undefined });
}
