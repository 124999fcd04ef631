import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Console } from './console.ts';
import { LabError } from './errors.ts';
import { domainXml } from './libvirt-xml.ts';
import { guestImage } from './guest-image.ts';
import { Migration } from './migration.ts';
import type { CommandResult } from './console.ts';
import type { Host } from './host.ts';
import type { Nic } from './libvirt-xml.ts';
import type { MigrationOptions } from './migration.ts';

export interface GuestOptions {
  readonly name: string;
  readonly nics: readonly Nic[];
  /** For each NIC its addresses with prefix length, IPv4 or IPv6: `[['10.0.0.1/24']]`. */
  readonly addresses?: readonly (readonly string[])[];
  /** Default false: the guest's kernel has no IPv6, so it sends nothing unasked. */
  readonly ipv6?: boolean;
  /** XML for the domain's `<metadata>`. */
  readonly metadata?: string;
}

/** A real guest: a Linux in QEMU, started by libvirt, with a shell that runs commands. */
export class Guest {
  readonly name: string;
  readonly uuid = randomUUID();
  readonly #options: GuestOptions;
  #host: Host;
  #console: Console | undefined;

  constructor(host: Host, options: GuestOptions) {
    this.#host = host;
    this.#options = options;
    this.name = options.name;
    host.onClose(() => {
      this.close();
    });
  }

  /** Where the guest is; a migration changes it. */
  get host(): Host {
    return this.#host;
  }

  /** Makes libvirt know the domain without starting it. */
  async define(): Promise<void> {
    const { nics, addresses = [], ipv6 = false, metadata } = this.#options;
    // Inside qemu's mount namespace this is the host's own folder, so that a migrated guest finds its console there too.
    const inside = (suffix: string): string => `/run/guest/${this.name}.${suffix}`;
    await mkdir(join(this.#host.folder, 'run', 'guest'), { recursive: true });
    const xml = domainXml({
      name: this.name,
      uuid: this.uuid,
      image: await guestImage(),
      kernelArguments: [
        ...['console=ttyS0', 'quiet', 'panic=-1', 'net.ifnames=0', ...(ipv6 ? [] : ['ipv6.disable=1'])],
        ...addresses.flatMap((list, nic) => list.map((address) => `lab.addr${nic}=${address}`)),
      ],
      nics,
      console: { socket: inside('sock'), log: inside('log') },
      ...(metadata === undefined ? {} : { metadata }),
    });
    const file = join(this.#host.folder, `${this.name}.xml`);
    await writeFile(file, xml);
    await this.#host.libvirt.virsh('define', file);
  }

  /** Starts the domain, defining it first if need be, and returns as soon as libvirt has: the guest is still booting. */
  async launch(): Promise<void> {
    const known = await this.#host.libvirt.virsh('list', '--all', '--name');
    if (!known.split('\n').includes(this.name)) await this.define();
    await this.#host.libvirt.virsh('start', this.name);
  }

  /** Starts the guest and waits until its shell answers, at most `timeout` ms. */
  async start(timeout = 60_000): Promise<void> {
    await this.launch();
    await this.ready(timeout);
  }

  /** Waits until a launched guest's shell answers. */
  async ready(timeout = 60_000): Promise<void> {
    this.#console?.close();
    const path = join(this.#host.folder, 'run', 'guest', this.name);
    this.#console = await Console.open(this.name, { socket: `${path}.sock`, log: `${path}.log` }, timeout);
  }

  /** Runs a command line in the guest's shell; throws LabError `LAB_CONSOLE` when it takes longer than `timeout` ms. */
  async run(command: string, timeout = 10_000): Promise<CommandResult> {
    if (!this.#console) throw new LabError('LAB_CONSOLE', `the guest ${this.name} does not run: call start() first`);
    return this.#console.run(command, timeout);
  }

  /** Hotplugs a NIC. */
  async attachNic(xml: string): Promise<void> {
    await this.#device('attach-device', xml);
  }

  async detachNic(xml: string): Promise<void> {
    await this.#device('detach-device', xml);
  }

  /** Changes a NIC in place, such as its portgroup. */
  async updateNic(xml: string): Promise<void> {
    await this.#device('update-device', xml);
  }

  /** Live migration, from beginning to end. */
  async migrate(to: Host): Promise<void> {
    const migration = await this.beginMigration(to);
    await migration.done();
  }

  /** Begins a live migration; the guest's `host` is the old one until `done` of what is returned. */
  async beginMigration(to: Host, options?: MigrationOptions): Promise<Migration> {
    await mkdir(join(to.folder, 'run', 'guest'), { recursive: true });
    const arrived = async (): Promise<void> => {
      this.#host = to;
      await this.ready();
    };
    return Migration.start({ name: this.name, from: this.#host, to, arrived }, options);
  }

  /** Ends the guest at once; its port disappears. The domain stays defined. */
  async destroy(): Promise<void> {
    this.close();
    await this.#host.libvirt.virsh('destroy', this.name);
  }

  /** Lets go of the console only. */
  close(): void {
    this.#console?.close();
    this.#console = undefined;
  }

  async #device(command: string, xml: string): Promise<void> {
    const file = join(this.#host.folder, `${this.name}-device.xml`);
    await writeFile(file, xml);
    await this.#host.libvirt.virsh(command, this.name, file, '--live');
  }
}
