import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { OpenFlowConnection } from '../../src/openflow/connection.ts';
import { parseRemote } from '../../src/ovsdb/remote.ts';
import { VswitchDatabase } from '../../src/vswitch/database.ts';
import { AgentChild } from '../chaos/agent-child.ts';
import type { Endpoint } from '../lab/endpoint.ts';
import type { Host } from '../lab/host.ts';
import { Lab } from '../lab/lab.ts';
import { ROUTER_MAC } from '../support/duo.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** One hypervisor with the bundled agent and a router behind the uplink, and our own eyes on its database and flows. */
export class Stage {
  readonly lab: Lab;
  readonly host: Host;
  readonly router: Endpoint;
  readonly bundle: string;
  readonly agent: AgentChild;
  readonly database: VswitchDatabase;
  readonly openflow: OpenFlowConnection;
  readonly guests: Endpoint[] = [];

  private constructor(parts: Pick<Stage, 'lab' | 'host' | 'router' | 'bundle' | 'agent' | 'database' | 'openflow'>) {
    this.lab = parts.lab;
    this.host = parts.host;
    this.router = parts.router;
    this.bundle = parts.bundle;
    this.agent = parts.agent;
    this.database = parts.database;
    this.openflow = parts.openflow;
  }

  /** `protocols`: the versions of OpenFlow that the bridge speaks; default: all it can. */
  static async create({ protocols }: { readonly protocols?: readonly string[] } = {}): Promise<Stage> {
    const lab = await Lab.create();
    try {
      const bundle = join(lab.folder, 'pvlan-agent.mjs');
      await execa(process.execPath, ['scripts/build.mjs', '--outfile', bundle], { cwd: ROOT });
      const host = await lab.host('a');
      const upstream = await lab.upstream([host]);
      const router = await upstream.plug({ name: 'router', mac: ROUTER_MAC, tag: 2102 });
      if (protocols !== undefined) await host.vsctl('set', 'Bridge', 'br0', `protocols=${protocols.join(',')}`);
      const database = new VswitchDatabase({ remotes: [parseRemote(`unix:${host.dbSocket}`)] });
      await database.ready({ timeoutMs: 10_000 });
      const openflow = await OpenFlowConnection.connect(`unix:${join(host.rundir, 'br0.mgmt')}`);
      const agent = await AgentChild.start(host, { program: [bundle] });
      await agent.settled([]);
      return new Stage({ lab, host, router, bundle, agent, database, openflow });
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** Plugs in one more isolated guest. */
  async plug({ bornParked }: { readonly bornParked: boolean }): Promise<Endpoint> {
    const number = this.guests.length + 1;
    const mac = `02:00:00:02:${(number >> 8).toString(16).padStart(2, '0')}:${(number & 0xff).toString(16).padStart(2, '0')}`;
    const guest = await this.host.plug({ name: `g${number}`, mac, portProfile: 'isolated-2102', bornParked });
    this.guests.push(guest);
    return guest;
  }

  /** Unplugs the guest that came last. */
  async unplug(guest: Endpoint): Promise<void> {
    if (this.guests.at(-1) !== guest) throw new Error(`${guest.name} is not the last one`);
    this.guests.pop();
    await guest.unplug();
  }

  async settled(): Promise<void> {
    await this.agent.settled(
      this.guests.map((guest) => guest.name),
      // Asked more often, the question itself would be what is measured.
      { timeout: 60_000, interval: 50 },
    );
  }

  async close(): Promise<void> {
    this.openflow.close();
    this.database.close();
    await this.lab.close();
  }
}
