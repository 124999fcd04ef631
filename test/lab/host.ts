import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { addPortArguments } from './port.ts';
import { Daemon } from './daemon.ts';
import { Endpoint } from './endpoint.ts';
import { LabError } from './errors.ts';
import { Libvirt } from './libvirt-host.ts';
import { Netns } from './netns.ts';
import { run } from './run.ts';
import { Unixctl } from './unixctl.ts';
import { until } from './until.ts';
import type { PlugOptions } from './port.ts';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

/**
 * A hypervisor: a network namespace and a folder of its own, with Open vSwitch in userspace. Nothing of it touches the
 * machine's own Open vSwitch or network. The folder holds `run` (rundir and sockets), `log` and the database.
 */
export class Host {
  readonly name: string;
  readonly folder: string;
  readonly netns: Netns;
  /** What OVS_RUNDIR names: `db.sock`, `<bridge>.mgmt`, pid files, control sockets. */
  readonly rundir: string;
  readonly dbSocket: string;
  readonly endpoints = new Set<Endpoint>();
  readonly #dependents: (() => void | Promise<void>)[] = [];
  #ovsdb: Daemon | undefined;
  #vswitchd: Daemon | undefined;
  #unixctl: Unixctl | undefined;
  #commands: { readonly pid: number; readonly list: string } | undefined;
  #libvirt: Libvirt | undefined;

  private constructor(name: string, folder: string, netns: Netns) {
    this.name = name;
    this.folder = folder;
    this.netns = netns;
    // libvirt calls ovs-vsctl with no --db: in its mount namespace `run` lies over /run, so this is the default place.
    this.rundir = join(folder, 'run', 'openvswitch');
    this.dbSocket = join(this.rundir, 'db.sock');
  }

  /** Makes the host and starts ovsdb-server and ovs-vswitchd; there is no bridge yet. */
  static async create(name: string, folder: string, netnsName: string): Promise<Host> {
    const netns = await Netns.create(netnsName);
    const host = new Host(name, folder, netns);
    try {
      for (const part of [host.rundir, join(folder, 'log'), join(folder, 'nic'), join(folder, 'etc')]) {
        await mkdir(part, { recursive: true });
      }
      await host.emptyDatabase();
      await host.startOvsdb();
      await host.startVswitchd();
    } catch (error) {
      await host.close();
      throw error;
    }
    return host;
  }

  /** Runs `ovs-vsctl` on this host's database and returns what it printed. It waits for ovs-vswitchd, as it always does. */
  async vsctl(...args: string[]): Promise<string> {
    return run('ovs-vsctl', [`--db=unix:${this.dbSocket}`, '--timeout=10', ...args], { env: this.#env });
  }

  /** Runs `ovs-ofctl`; bridges go by their names. */
  async ofctl(...args: string[]): Promise<string> {
    return run('ovs-ofctl', ['-O', 'OpenFlow14', ...args], { env: this.#env });
  }

  /** Asks ovs-vswitchd as `ovs-appctl` does. */
  async appctl(method: string, ...params: string[]): Promise<string> {
    if (!this.#unixctl?.open) this.#unixctl = new Unixctl(join(this.rundir, `ovs-vswitchd.${this.vswitchdPid}.ctl`));
    return this.#unixctl.call(method, ...params);
  }

  /** Whether ovs-vswitchd has a command on its control socket; asked of each process once. */
  async knows(method: string): Promise<boolean> {
    if (this.#commands?.pid !== this.vswitchdPid) {
      this.#commands = { pid: this.vswitchdPid, list: await this.appctl('list-commands') };
    }
    return this.#commands.list.includes(`${method} `);
  }

  /** Throws LabError `LAB_DAEMON` while ovs-vswitchd does not run. */
  get vswitchdPid(): number {
    if (!this.#vswitchd?.running) throw new LabError('LAB_DAEMON', `ovs-vswitchd of ${this.name} does not run`);
    return this.#vswitchd.pid;
  }

  async addBridge(bridge = 'br0', ...columns: string[]): Promise<void> {
    const protocols = 'protocols=OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15';
    await this.vsctl(
      ...['--', '--may-exist', 'add-br', bridge],
      ...['--', 'set', 'Bridge', bridge, 'datapath_type=netdev', protocols, ...columns],
    );
  }

  /** Adds an existing network device of the namespace, such as the end of a cable, as a plain port. */
  async addDevice(bridge: string, device: string, ...portColumns: string[]): Promise<void> {
    await this.vsctl('--', '--may-exist', 'add-port', bridge, device, ...portColumns);
  }

  /** Plugs an endpoint in, in one OVSDB transaction as libvirt does, and waits until ovs-vswitchd is connected to it. */
  async plug(options: PlugOptions): Promise<Endpoint> {
    const { name, mac, bridge = 'br0' } = options;
    const ids =
      options.ifaceId === false
        ? undefined
        : { ifaceId: options.ifaceId ?? randomUUID(), vmId: options.vmId ?? randomUUID() };
    const stream = join(this.folder, 'nic', name);
    const identity = { name, mac, bridge, ifaceId: ids?.ifaceId, vmId: ids?.vmId };
    const endpoint = new Endpoint(this, stream, identity, (closed) => this.endpoints.delete(closed));
    await endpoint.listen();
    this.endpoints.add(endpoint);
    try {
      await this.vsctl(...(options.wait === false ? ['--no-wait'] : []), ...addPortArguments(options, ids, { stream }));
      if (options.wait !== false) await this.#connectedTo(endpoint);
    } catch (error) {
      endpoint.close();
      throw error;
    }
    return endpoint;
  }

  /** Makes the database anew, as some distributions do at each boot; ovsdb-server must not run. */
  async emptyDatabase(): Promise<void> {
    const file = join(this.folder, 'etc', 'conf.db');
    await rm(file, { force: true });
    await run('ovsdb-tool', ['create', file, SCHEMA]);
  }

  /**
   * Returns once ovsdb-server answers. ovs-vswitchd finds it again up to a second or more later; until then it has no lock on
   * the database, and its main thread neither forwards nor answers OpenFlow (vswitchd/bridge.c, `bridge_run`).
   */
  async startOvsdb(): Promise<void> {
    if (this.#ovsdb?.running) return;
    const remotes = [`--remote=punix:${this.dbSocket}`, '--remote=db:Open_vSwitch,Open_vSwitch,manager_options'];
    this.#ovsdb = this.#start('ovsdb-server', [join(this.folder, 'etc', 'conf.db'), ...remotes]);
    await this.#answers('ovsdb-server', this.#ovsdb);
    await this.vsctl('--no-wait', 'init', '--', 'set', 'Open_vSwitch', '.', `external_ids:system-id=${this.name}`);
  }

  async killOvsdb(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#ovsdb?.kill(signal);
  }

  /** Returns once the bridges in the database exist again and every endpoint with a port in it is connected. */
  async startVswitchd(): Promise<void> {
    if (this.#vswitchd?.running) return;
    // --enable-dummy brings the port type of our endpoints; --disable-system keeps away from the kernel's datapath.
    this.#vswitchd = this.#start('ovs-vswitchd', [`unix:${this.dbSocket}`, '--enable-dummy', '--disable-system']);
    await this.#answers('ovs-vswitchd', this.#vswitchd);
    // A transaction that may change something makes ovs-vsctl wait until ovs-vswitchd has put the database into effect.
    await this.vsctl('init');
    const ports = (await this.vsctl('--bare', '--columns=name', 'list', 'Interface')).split('\n');
    for (const endpoint of this.endpoints) if (ports.includes(endpoint.name)) await this.#connectedTo(endpoint);
  }

  async killVswitchd(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#vswitchd?.kill(signal);
    this.#unixctl?.close();
  }

  /** Starts virtlogd and libvirtd on this host. */
  async startLibvirt(): Promise<Libvirt> {
    this.#libvirt ??= await Libvirt.start(this);
    return this.#libvirt;
  }

  /** Throws LabError `LAB_LIBVIRT` before `startLibvirt`. */
  get libvirt(): Libvirt {
    if (!this.#libvirt) throw new LabError('LAB_LIBVIRT', `${this.name} has no libvirt: call startLibvirt() first`);
    return this.#libvirt;
  }

  /** Has `end` called before the host ends. */
  onClose(end: () => void | Promise<void>): void {
    this.#dependents.push(end);
  }

  /** Ends everything that runs on the host and removes its namespace and folder. */
  async close(): Promise<void> {
    for (const end of this.#dependents.splice(0)) await end();
    await this.#libvirt?.close();
    await this.killVswitchd('SIGKILL');
    await this.killOvsdb('SIGKILL');
    for (const endpoint of [...this.endpoints]) endpoint.close();
    await this.netns.delete();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #connectedTo(endpoint: Endpoint): Promise<void> {
    await until(`ovs-vswitchd of ${this.name} to connect to ${endpoint.name}`, () => endpoint.connected);
  }

  get #env(): Record<string, string> {
    const etc = join(this.folder, 'etc');
    return { OVS_RUNDIR: this.rundir, OVS_LOGDIR: join(this.folder, 'log'), OVS_SYSCONFDIR: etc, OVS_DBDIR: etc };
  }

  #start(name: string, args: readonly string[]): Daemon {
    const log = join(this.folder, 'log', name);
    const common = ['--pidfile', '-vconsole:off', `--log-file=${log}.log`];
    return Daemon.start(`${name} of ${this.name}`, this.netns.wrap([name, ...args, ...common]), {
      env: this.#env,
      output: `${log}.out`,
    });
  }

  async #answers(program: string, daemon: Daemon): Promise<void> {
    const path = join(this.rundir, `${program}.${daemon.pid}.ctl`);
    await until(`${program} of ${this.name} to answer (see ${join(this.folder, 'log')})`, async () => {
      if (!daemon.running) throw new LabError('LAB_DAEMON', `${daemon.name} ended; see ${join(this.folder, 'log')}`);
      const unixctl = new Unixctl(path);
      try {
        return await unixctl.call('version');
      } catch {
        return undefined;
      } finally {
        unixctl.close();
      }
    });
  }
}
