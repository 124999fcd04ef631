import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Daemon } from './daemon.ts';
import { LabError } from './errors.ts';
import { checkRequirements } from './requirements.ts';
import { run } from './run.ts';
import { until } from './until.ts';
import type { Netns } from './netns.ts';

/** The machine that libvirt runs on: its folder's `run` becomes /run, so that libvirt finds this machine's Open vSwitch. */
export interface Machine {
  readonly name: string;
  readonly folder: string;
  readonly netns: Netns;
}

/** Folders of the machine that libvirt shall find to be its own, by their names in the host's folder. */
const MOUNTS: Readonly<Record<string, string>> = {
  run: '/run',
  'etc-libvirt': '/etc/libvirt',
  'etc-openvswitch': '/etc/openvswitch',
  'lib-libvirt': '/var/lib/libvirt',
  'log-libvirt': '/var/log/libvirt',
};

const STATE = '/run/libvirt';

/**
 * An unmodified libvirtd with everything it writes in the host's folder: it lives in a mount namespace in which those
 * folders lie over the machine's, and everything is reachable from outside through them.
 */
export class Libvirt {
  /** What /run/libvirt is to this libvirtd, seen from outside. */
  readonly stateDir: string;
  /** What /etc/libvirt is to this libvirtd, seen from outside. */
  readonly configDir: string;
  readonly socket: string;
  readonly readOnlySocket: string;
  readonly hostUuid = randomUUID();
  readonly #machine: Machine;
  /** Keeps the namespaces while no daemon runs. */
  #holder: Daemon | undefined;
  #virtlogd: Daemon | undefined;
  #libvirtd: Daemon | undefined;

  private constructor(machine: Machine) {
    this.#machine = machine;
    this.stateDir = join(machine.folder, 'run', 'libvirt');
    this.configDir = join(machine.folder, 'etc-libvirt');
    this.socket = join(this.stateDir, 'libvirt-sock');
    this.readOnlySocket = join(this.stateDir, 'libvirt-sock-ro');
  }

  /** Throws LabError `LAB_REQUIREMENTS` when libvirt, QEMU or busybox are not installed. */
  static async start(machine: Machine): Promise<Libvirt> {
    await checkRequirements('guests');
    const libvirt = new Libvirt(machine);
    try {
      await libvirt.#makeNamespaces();
      await libvirt.startDaemons();
    } catch (error) {
      await libvirt.close();
      throw error;
    }
    return libvirt;
  }

  /** How libvirt's clients, and another libvirtd for a migration, find this one. */
  get uri(): string {
    return `qemu+unix:///system?socket=${this.socket}`;
  }

  /** For clients that may only look. */
  get readOnlyUri(): string {
    return `qemu+unix:///system?socket=${this.readOnlySocket}`;
  }

  /** Runs `virsh` on this libvirtd and returns what it printed; throws LabError `LAB_COMMAND` with its complaint. */
  async virsh(...args: string[]): Promise<string> {
    return run('virsh', ['-q', '-c', this.uri, ...args], { timeout: 60_000 });
  }

  /** Defines the network and starts it. */
  async defineNetwork(xml: string): Promise<void> {
    const file = join(this.#machine.folder, 'network.xml');
    await writeFile(file, xml);
    const name = /<name>([^<]+)<\/name>/.exec(xml)?.[1];
    if (name === undefined) throw new LabError('LAB_XML', 'a network needs a <name>');
    await this.virsh('net-define', file);
    await this.virsh('net-start', name);
  }

  async startDaemons(): Promise<void> {
    if (!this.#virtlogd?.running) this.#virtlogd = this.#start('virtlogd');
    if (!this.#libvirtd?.running) this.#libvirtd = this.#start('libvirtd');
    await until(`libvirtd of ${this.#machine.name} to answer (see ${this.#log('libvirtd')})`, async () => {
      if (!this.#libvirtd?.running) throw new LabError('LAB_DAEMON', `libvirtd ended; see ${this.#log('libvirtd')}`);
      return run('virsh', ['-q', '-c', this.uri, 'uri']).catch(() => undefined);
    });
  }

  /** Ends libvirtd alone: guests run on, as they do when an operator restarts it. */
  async killLibvirtd(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#libvirtd?.kill(signal);
  }

  /** The process that a running guest is. */
  async guestPid(name: string): Promise<number> {
    return Number(await readFile(join(this.stateDir, 'qemu', `${name}.pid`), 'utf8'));
  }

  /** Ends QEMU under libvirt's feet, and returns when the process is no more. */
  async killGuest(name: string): Promise<void> {
    const pid = await this.guestPid(name);
    process.kill(pid, 'SIGKILL');
    // It is not ours to wait for; what has ended and is still in the list of processes has no command line.
    await until(`QEMU of ${name} to end`, async () => {
      return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) === '';
    });
  }

  /** Ends all guests and daemons at once, as a power failure does; their files stay. */
  async crash(): Promise<void> {
    for (const daemon of [this.#libvirtd, this.#virtlogd]) await daemon?.kill('SIGKILL');
    const files = new Set(await readdir(join(this.stateDir, 'qemu')).catch(() => []));
    // Another pid file is of the driver, which has no status.
    const guests = [...files].filter((name) => name.endsWith('.xml') && files.has(`${basename(name, '.xml')}.pid`));
    for (const name of guests) await this.killGuest(basename(name, '.xml'));
  }

  /** Ends the daemons. Guests end with the network namespace they are in, which belongs to the host. */
  async close(): Promise<void> {
    for (const daemon of [this.#libvirtd, this.#virtlogd, this.#holder]) await daemon?.kill('SIGKILL');
  }

  async #makeNamespaces(): Promise<void> {
    const { name, folder, netns } = this.#machine;
    for (const backing of Object.keys(MOUNTS)) await mkdir(join(folder, backing), { recursive: true });
    await writeFile(join(this.configDir, 'qemu.conf'), 'user="root"\ngroup="root"\nsecurity_driver="none"\n');
    await writeFile(join(this.configDir, 'libvirtd.conf'), `host_uuid="${this.hostUuid}"\n`);
    const argv = netns.wrap(['unshare', '--mount', '--uts', 'sleep', 'infinity']);
    const holder = Daemon.start(`namespaces of ${name}`, argv, { output: this.#log('namespaces') });
    this.#holder = holder;
    // The name changes when unshare has done its work, mount propagation included, and becomes what it starts.
    await until(`the namespaces of ${name}`, async () => {
      if (!holder.running) throw new LabError('LAB_DAEMON', `unshare failed; see ${this.#log('namespaces')}`);
      return (await readFile(`/proc/${holder.pid}/comm`, 'utf8')).trim() === 'sleep';
    });
    // The log of libvirtd says which host it is.
    await this.#inside('hostname', name);
    for (const [backing, place] of Object.entries(MOUNTS)) {
      await this.#inside('mount', '--bind', join(folder, backing), place);
    }
  }

  /** The command line that runs `argv` where libvirtd does: the machine's folders are at their usual places there. */
  wrap(argv: readonly string[]): string[] {
    return ['nsenter', ...this.#enter(), ...argv];
  }

  /** Mounts a folder of the machine over libvirt's run folder, for all that runs in its namespaces. */
  async coverState(folder: string): Promise<void> {
    await this.#inside('mount', '--bind', folder, STATE);
  }

  async uncoverState(): Promise<void> {
    await this.#inside('umount', STATE);
  }

  async #inside(...argv: string[]): Promise<void> {
    await run('nsenter', [...this.#enter(), ...argv]);
  }

  #enter(): string[] {
    if (!this.#holder) throw new LabError('LAB_DAEMON', `libvirt of ${this.#machine.name} is closed`);
    return ['-t', String(this.#holder.pid), '-m', '-u', '-n', '--'];
  }

  #start(name: string): Daemon {
    return Daemon.start(`${name} of ${this.#machine.name}`, this.wrap([name]), { output: this.#log(name) });
  }

  #log(name: string): string {
    return join(this.#machine.folder, 'log', `${name}.log`);
  }
}
