import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { FLEET_DATABASE } from '../../../src/fleet/reader.ts';
import { initialRows } from '../../../src/fleet/setup.ts';
import { fleetSchema } from '../../../src/fleet/rows.generated.ts';
import { OvsdbSession } from '../../../src/ovsdb/session.ts';
import type { Operation } from '../../../src/ovsdb/operation.ts';
import { parseRemote } from '../../../src/ovsdb/remote.ts';
import { TestServer } from '../ovsdb/server.ts';

/** The fleet's database on one real ovsdb-server, and an operator who may write anything. */
export class FleetServer {
  readonly server: TestServer;
  readonly operator: OvsdbSession;
  readonly #folder: string;

  private constructor(server: TestServer, folder: string) {
    this.server = server;
    this.#folder = folder;
    this.operator = new OvsdbSession({
      remotes: [parseRemote(this.remote)],
      database: FLEET_DATABASE,
      monitor: {
        Host: { columns: ['name', 'epoch', 'version'] },
        Endpoint: { columns: ['host', 'name', 'mac', 'pvlan', 'role', 'community'] },
        Router: { columns: ['host', 'mac', 'pvlan', 'port'] },
        Policy: { columns: ['pvlan', 'router_hosts'] },
      },
      minBackoffMs: 20,
      maxBackoffMs: 100,
    });
  }

  /** @param listen more remotes, as `Connection` rows have them; `options` of ovsdb-server */
  static async start(listen: readonly string[] = [], options: readonly string[] = []): Promise<FleetServer> {
    const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
    await mkdir(folder, { recursive: true });
    const schema = join(folder, 'schema');
    await writeFile(schema, fleetSchema);
    const remote = `--remote=db:${FLEET_DATABASE},Fleet,connections`;
    const server = await TestServer.start({ schema, arguments: [...options, remote] });
    const made = new FleetServer(server, folder);
    await made.operator.ready({ timeoutMs: 5000 });
    await made.operator.transact(initialRows(listen));
    return made;
  }

  get remote(): string {
    return `unix:${this.server.socket}`;
  }

  /** The rows of `table`, as its columns say them. */
  rows(table: string): readonly Readonly<Record<string, unknown>>[] {
    return [...this.operator.rows(table).values()];
  }

  async write(...operations: readonly Operation[]): Promise<void> {
    await this.operator.transact(operations);
  }

  async allowRouters(pvlan: number, ...hosts: readonly string[]): Promise<void> {
    await this.write(
      { op: 'delete', table: 'Policy', where: [['pvlan', '==', pvlan]] },
      { op: 'insert', table: 'Policy', row: { pvlan, router_hosts: ['set', [...hosts]] } },
    );
  }

  async stop(): Promise<void> {
    this.operator.close();
    await this.server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What ovs-pki makes: an authority, and certificates by common name. */
export async function certificates(folder: string, ...names: readonly string[]): Promise<void> {
  const pki = join(folder, 'pki');
  const options = [`--dir=${pki}`, `--log=${join(folder, 'pki.log')}`, '--force'];
  await execa('ovs-pki', [...options, 'init'], { cwd: folder });
  for (const name of names)
    await execa('ovs-pki', [...options, '-u', '-B', '2048', 'req+sign', name, 'switch'], { cwd: folder });
}
