import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Daemon } from '../../lab/daemon.ts';
import { until } from './server.ts';

/** The shortest that a loaded machine keeps, in milliseconds. */
const ELECTION_MS = 600;

/** How a test's cluster is made. */
export interface ClusterOptions {
  /** An OVSDB schema as JSON text. */
  readonly schema: string;
  readonly servers?: number;
  /** More `--remote` values of each member. */
  readonly remotes?: readonly string[];
  readonly arguments?: readonly string[];
}

/** One ovsdb-server, alone in its folder: a member of the cluster, or a relay of it. */
export class ClusterServer {
  readonly folder: string;
  readonly name: string;
  readonly #arguments: readonly string[];
  #daemon: Daemon | undefined;

  constructor(folder: string, name: string, more: readonly string[]) {
    this.folder = folder;
    this.name = name;
    this.#arguments = more;
  }

  /** Where clients connect. */
  get remote(): string {
    return `unix:${this.path('sock')}`;
  }

  /** Its address within the cluster. */
  get raft(): string {
    return `unix:${this.path('raft')}`;
  }

  get database(): string {
    return this.path('db');
  }

  path(ending: string): string {
    return join(this.folder, `${this.name}.${ending}`);
  }

  async up(): Promise<void> {
    const files = [`--log-file=${this.path('log')}`, `--unixctl=${this.path('ctl')}`];
    this.#daemon = Daemon.start(
      `ovsdb-server ${this.name}`,
      ['ovsdb-server', `--remote=p${this.remote}`, ...files, '-vconsole:off', '-vfile:info', ...this.#arguments],
      { output: this.path('out'), env: { OVS_RUNDIR: this.folder, OVS_LOGDIR: this.folder, OVS_DBDIR: this.folder } },
    );
    const daemon = this.#daemon;
    await until(`${this.name} answers`, async () => {
      if (!daemon.running) throw new Error(`${this.name} ended: ${await readFile(this.path('out'), 'utf8')}`);
      return (await this.appctl('version')) !== undefined;
    });
  }

  async kill(): Promise<void> {
    await this.#daemon?.kill('SIGKILL');
  }

  /** Stops it, so that it is alive and does nothing, or lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.#daemon?.running === true) process.kill(this.#daemon.pid, signal);
  }

  /** Runs a command of its control socket; undefined if that fails. */
  async appctl(...args: readonly string[]): Promise<string | undefined> {
    const { stdout, failed } = await execa('ovs-appctl', ['-T', '5', '-t', this.path('ctl'), ...args], {
      reject: false,
    });
    return failed ? undefined : stdout;
  }

  /** Whether it says so of `database` in `_Server`. */
  async says(database: string, column: 'connected' | 'leader'): Promise<boolean> {
    const where = [['name', '==', database]];
    const query = JSON.stringify(['_Server', { op: 'select', table: 'Database', where, columns: [column] }]);
    const { stdout } = await execa('ovsdb-client', ['-t', '3', 'query', this.remote, query], { reject: false });
    return stdout.includes(`"${column}":true`);
  }
}

/** A real cluster in a temporary folder: members that listen, and talk with each other, on sockets of this host. */
export class Cluster {
  readonly folder: string;
  readonly name: string;
  readonly #options: ClusterOptions;
  members: readonly ClusterServer[] = [];
  readonly #relays: ClusterServer[] = [];
  #made = 0;

  private constructor(folder: string, options: ClusterOptions) {
    this.folder = folder;
    this.#options = options;
    this.name = /"name"\s*:\s*"(\w+)"/.exec(options.schema)?.[1] ?? '';
  }

  static async start(options: ClusterOptions): Promise<Cluster> {
    const cluster = new Cluster(await mkdtemp(join(tmpdir(), 'raft-')), options);
    await writeFile(cluster.schemaFile, options.schema);
    await cluster.build(cluster.schemaFile);
    return cluster;
  }

  get schemaFile(): string {
    return join(this.folder, 'schema');
  }

  get remotes(): readonly string[] {
    return this.members.map(({ remote }) => remote);
  }

  /** Makes new members whose first holds `content`, a schema or a standalone database, in the place of those that were. */
  async build(content: string): Promise<void> {
    const round = this.#made++;
    const more = [
      ...(this.#options.remotes ?? []).map((remote) => `--remote=${remote}`),
      ...(this.#options.arguments ?? []),
    ];
    const members = Array.from({ length: this.#options.servers ?? 3 }, (_, index) => {
      const name = `s${index + 1}`;
      return new ClusterServer(this.folder, name, [...more, join(this.folder, `${name}.db`)]);
    });
    for (const member of this.members) {
      await member.kill();
      await rm(member.database, { force: true });
      await rm(join(this.folder, `.${member.name}.db.~lock~`), { force: true });
    }
    this.members = members;
    const [first, ...others] = members;
    if (first === undefined) throw new Error('a cluster has a member');
    await execa('ovsdb-tool', [
      `--election-timer=${ELECTION_MS}`,
      'create-cluster',
      first.database,
      content,
      first.raft,
    ]);
    await first.up();
    for (const other of others) {
      await execa('ovsdb-tool', ['join-cluster', other.database, this.name, other.raft, first.raft]);
      await other.up();
    }
    await this.whole(`cluster ${round} is whole`);
  }

  /** Waits until every member is in touch with the majority. */
  async whole(what = 'the cluster is whole'): Promise<void> {
    await until(
      what,
      async () => (await Promise.all(this.members.map((one) => one.says(this.name, 'connected')))).every(Boolean),
      20_000,
    );
    await this.leader();
  }

  async leader(): Promise<ClusterServer> {
    let found: ClusterServer | undefined;
    await until(
      'there is a leader',
      async () => {
        for (const member of this.members) if (await member.says(this.name, 'leader')) found = member;
        return found !== undefined;
      },
      20_000,
    );
    if (found === undefined) throw new Error('there is no leader');
    return found;
  }

  async follower(): Promise<ClusterServer> {
    const leader = await this.leader();
    const found = this.members.find((one) => one !== leader);
    if (found === undefined) throw new Error('there is no follower');
    return found;
  }

  /** A relay of these remotes. */
  async relay(remotes: readonly string[] = this.remotes, more: readonly string[] = []): Promise<ClusterServer> {
    const source = `relay:${this.name}:${remotes.join(',')}`;
    const relay = new ClusterServer(this.folder, `r${this.#relays.length + 1}`, [...more, source]);
    this.#relays.push(relay);
    await relay.up();
    await until('the relay has its source', () => relay.says(this.name, 'connected'));
    return relay;
  }

  async stop(): Promise<void> {
    for (const server of [...this.members, ...this.#relays]) await server.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
