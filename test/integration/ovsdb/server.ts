import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

const vswitchSchema = '/usr/share/openvswitch/vswitch.ovsschema';

/** Polls `condition` until it holds; fails with `what` after `timeoutMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 8000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** How a test server listens besides its unix socket, and what it serves. */
export interface ServerOptions {
  /** More `--remote` values, e.g. `ptcp:0:127.0.0.1`. */
  readonly remotes?: readonly string[];
  readonly arguments?: readonly string[];
  /** A schema file; that of ovs-vswitchd by default. */
  readonly schema?: string;
}

/** A real ovsdb-server in a temporary folder of its own. */
export class TestServer {
  readonly folder: string;
  readonly #options: ServerOptions;
  #process: ChildProcess | undefined;
  #switch: ChildProcess | undefined;

  private constructor(folder: string, options: ServerOptions) {
    this.folder = folder;
    this.#options = options;
  }

  /** Makes an empty database and serves it. */
  static async start(options: ServerOptions = {}): Promise<TestServer> {
    const server = new TestServer(await mkdtemp(join(tmpdir(), 'ovsdb-')), options);
    await server.reset();
    await server.up();
    return server;
  }

  get socket(): string {
    return join(this.folder, 'db.sock');
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Replaces the database by an empty one; only while down. */
  async reset(): Promise<void> {
    const database = join(this.folder, 'conf.db');
    await rm(database, { force: true });
    await rm(join(this.folder, '.conf.db.~lock~'), { force: true });
    await execa('ovsdb-tool', ['create', database, this.#options.schema ?? vswitchSchema]);
  }

  async up(): Promise<void> {
    const remotes = [`punix:${this.socket}`, ...(this.#options.remotes ?? [])].map((remote) => `--remote=${remote}`);
    const more = this.#options.arguments ?? [];
    const files = ['--log-file=ovsdb-server.log', '--unixctl=ovsdb-server.ctl'];
    this.#process = spawn(
      'ovsdb-server',
      ['conf.db', ...remotes, ...files, '-vconsole:off', ...more],
      this.#spawning(),
    );
    await until('ovsdb-server listens', () => accepts(this.socket));
  }

  /** Ends the server at once, as a crash would; its socket file stays behind. */
  async kill(): Promise<void> {
    await end(this.#process);
    this.#process = undefined;
  }

  /** Runs transactions, each a JSON array, on the database file itself; only while down. One that fails changes nothing. */
  async offline(transactions: readonly string[]): Promise<void> {
    for (const transaction of transactions) {
      await execa('ovsdb-tool', ['transact', join(this.folder, 'conf.db'), transaction], { reject: false });
    }
  }

  /** Stops the server's clock and starts it again: a peer that is alive and says nothing. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Starts an ovs-vswitchd with a datapath that needs no kernel. Its control socket is in `folder`. */
  async startSwitch(): Promise<void> {
    const files = ['--log-file=ovs-vswitchd.log', '--pidfile=ovs-vswitchd.pid'];
    const datapath = ['--enable-dummy', '--disable-system'];
    const more = [...datapath, ...files, '-vconsole:off'];
    this.#switch = spawn('ovs-vswitchd', [`unix:${this.socket}`, ...more], this.#spawning());
    await until('ovs-vswitchd has taken up the database', async () => {
      return (await this.vsctl('get', 'Open_vSwitch', '.', 'datapath_types').catch(() => '[]')) !== '[]';
    });
  }

  async killSwitch(): Promise<void> {
    await end(this.#switch);
    this.#switch = undefined;
  }

  /** Runs ovs-vsctl without waiting for a switch. */
  async vsctl(...args: readonly string[]): Promise<string> {
    const { stdout } = await execa('ovs-vsctl', [`--db=unix:${this.socket}`, '--no-wait', ...args]);
    return stdout;
  }

  /** Runs a command of the server's own control socket. */
  async appctl(...args: readonly string[]): Promise<string> {
    const { stdout } = await execa('ovs-appctl', ['-t', join(this.folder, 'ovsdb-server.ctl'), ...args]);
    return stdout;
  }

  /** Ends everything and removes the folder. */
  async stop(): Promise<void> {
    await this.killSwitch();
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  #spawning(): { cwd: string; stdio: 'ignore'; env: NodeJS.ProcessEnv } {
    const env = { ...process.env, OVS_RUNDIR: this.folder, OVS_LOGDIR: this.folder, OVS_DBDIR: this.folder };
    return { cwd: this.folder, stdio: 'ignore', env };
  }
}

function end(child: ChildProcess | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once('exit', () => {
      resolve();
    });
    child.kill('SIGKILL');
  });
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
