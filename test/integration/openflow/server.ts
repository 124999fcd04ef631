import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';
const DEADLINE_MS = 15_000;

/** An Open vSwitch of its own in a temporary folder: userspace datapath, dummy ports, no root needed. */
export class Server {
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #database: ChildProcess;
  #daemon: ChildProcess | undefined;

  private constructor(folder: string, env: NodeJS.ProcessEnv, database: ChildProcess) {
    this.folder = folder;
    this.#env = env;
    this.#database = database;
  }

  static async start(): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), 'openflow-'));
    const env = { ...process.env, OVS_RUNDIR: folder, OVS_LOGDIR: folder, OVS_DBDIR: folder, LC_ALL: 'C' };
    await run('ovsdb-tool', ['create', join(folder, 'conf.db'), SCHEMA], { env });
    const socket = join(folder, 'db.sock');
    const database = daemon(
      'ovsdb-server',
      [join(folder, 'conf.db'), `--remote=punix:${socket}`],
      folder,
      'ovsdb',
      env,
    );
    const server = new Server(folder, env, database);
    await until(() => exists(socket), 'the database socket');
    await server.vsctl('--no-wait', 'init');
    await server.startDaemon();
    return server;
  }

  /** Starts ovs-vswitchd, again if it was killed. */
  async startDaemon(): Promise<void> {
    const socket = `unix:${join(this.folder, 'db.sock')}`;
    this.#daemon = daemon(
      'ovs-vswitchd',
      ['--enable-dummy', '--disable-system', socket],
      this.folder,
      'vswitchd',
      this.#env,
    );
    await until(() => exists(join(this.folder, 'vswitchd.ctl')), 'the control socket of ovs-vswitchd');
  }

  /** A bridge with dummy ports `<bridge>-1` to `<bridge>-<ports>`, each with that ofport. Answers its remote. */
  async addBridge(bridge: string, ports = 0, ...settings: string[]): Promise<string> {
    const add = [
      '--',
      'add-br',
      bridge,
      '--',
      'set',
      'bridge',
      bridge,
      'datapath_type=dummy',
      'fail_mode=secure',
      ...settings,
    ];
    for (let port = 1; port <= ports; port++) {
      const name = `${bridge}-${port}`;
      add.push('--', 'add-port', bridge, name, '--', 'set', 'interface', name, 'type=dummy', `ofport_request=${port}`);
    }
    await this.vsctl(...add);
    return this.remote(bridge);
  }

  remote(bridge: string): string {
    return `unix:${join(this.folder, `${bridge}.mgmt`)}`;
  }

  vsctl(...args: string[]): Promise<string> {
    return this.tool('ovs-vsctl', `--db=unix:${join(this.folder, 'db.sock')}`, '--timeout=10', ...args);
  }

  /** `ovs-ofctl` on a bridge's management socket; `args` begins with the command, the bridge follows it. */
  ofctl(bridge: string, command: string, ...args: string[]): Promise<string> {
    return this.tool('ovs-ofctl', '-OOpenFlow14', '--no-names', '--no-stats', command, this.remote(bridge), ...args);
  }

  appctl(...args: string[]): Promise<string> {
    return this.tool('ovs-appctl', '-t', join(this.folder, 'vswitchd.ctl'), ...args);
  }

  async tool(name: string, ...args: string[]): Promise<string> {
    const { stdout } = await run(name, args, { env: this.#env, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  }

  /** Stops ovs-vswitchd for a while: it keeps its sockets but reads nothing. */
  freezeDaemon(): void {
    this.#daemon?.kill('SIGSTOP');
  }

  thawDaemon(): void {
    this.#daemon?.kill('SIGCONT');
  }

  async killDaemon(): Promise<void> {
    if (this.#daemon !== undefined) await end(this.#daemon);
    this.#daemon = undefined;
    await rm(join(this.folder, 'vswitchd.ctl'), { force: true });
  }

  async stop(): Promise<void> {
    await this.killDaemon();
    await end(this.#database);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Waits for `condition`, looking often, with a deadline. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${DEADLINE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function daemon(name: string, args: string[], folder: string, label: string, env: NodeJS.ProcessEnv): ChildProcess {
  const control = join(folder, `${label}.ctl`);
  const own = [`--unixctl=${control}`, `--pidfile=${join(folder, `${label}.pid`)}`, '-vconsole:off'];
  return spawn(name, [...args, ...own], { env, stdio: 'ignore' });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
