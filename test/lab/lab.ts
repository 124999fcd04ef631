import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Host } from './host.ts';
import { LabError } from './errors.ts';
import { PREFIX, removeLeftovers } from './leftovers.ts';
import { Upstream } from './upstream.ts';
import { checkRequirements } from './requirements.ts';
import type { ConnectOptions } from './upstream.ts';

/** Namespaces of this process are numbered, so that two labs in it do not meet. */
let namespaces = 0;

/**
 * Real hypervisors and a physical switch on one machine. What a lab makes belongs to it and goes away with `close`;
 * what a crashed process left behind goes away when the next lab is created.
 */
export class Lab {
  readonly folder: string;
  readonly #hosts: Host[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Throws LabError `LAB_REQUIREMENTS` when the machine lacks a command or the rights. */
  static async create(): Promise<Lab> {
    await checkRequirements('switching');
    await removeLeftovers();
    return new Lab(await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`)));
  }

  /** Every machine with an Open vSwitch of its own, physical switches included. */
  get hosts(): readonly Host[] {
    return this.#hosts;
  }

  /** A new hypervisor; `name` is short (12 characters or less) and unique in the lab. */
  async host(name: string): Promise<Host> {
    if (!/^[a-z0-9-]{1,12}$/.test(name) || this.#hosts.some((host) => host.name === name)) {
      throw new LabError('LAB_NAME', `a host cannot be called '${name}': 1 to 12 of a-z, 0-9 and -, not taken yet`);
    }
    namespaces += 1;
    const host = await Host.create(name, join(this.folder, name), `${PREFIX}${process.pid}-${namespaces}-${name}`);
    this.#hosts.push(host);
    return host;
  }

  /** A physical switch called `name` with a cable to each of `hosts`. */
  async upstream(hosts: readonly Host[], options: ConnectOptions & { readonly name?: string } = {}): Promise<Upstream> {
    const upstream = await Upstream.create(await this.host(options.name ?? 'switch'));
    for (const host of hosts) await upstream.connect(host, options);
    return upstream;
  }

  /** Closes every host, even when one of them cannot be, and throws the first error after that. */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const host of this.#hosts.splice(0).reverse())
      await host.close().catch((error: unknown) => errors.push(error));
    await rm(this.folder, { recursive: true, force: true });
    if (errors.length > 0) throw errors[0];
  }
}
