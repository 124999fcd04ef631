import { LabError } from './errors.ts';
import { until } from './until.ts';
import type { Host } from './host.ts';

export interface MigrationOptions {
  /** MiB per second; default: as fast as it goes. At 1 the memory of a guest takes half a minute or more. */
  readonly bandwidth?: number;
  /** Lets `toPostCopy` switch over while memory is still on the source, which then moves at so many MiB per second. */
  readonly postCopy?: number;
}

export interface Move {
  readonly name: string;
  readonly from: Host;
  readonly to: Host;
  /** Called when the guest has come to its new host. */
  readonly arrived: () => Promise<void>;
}

/** Fast enough for memory to be no matter; QEMU takes no number that stands for "without limit" in every version. */
const UNLIMITED = '10000';

let migrations = 0;

/** A live migration under way; both hosts share the file system, so nothing but memory moves. */
export class Migration {
  readonly #move: Move;
  readonly #command: Promise<string>;
  #ended = false;

  private constructor(move: Move, command: Promise<string>) {
    this.#move = move;
    this.#command = command;
    const end = (): void => {
      this.#ended = true;
    };
    command.then(end, end);
  }

  static start(move: Move, { bandwidth, postCopy }: MigrationOptions = {}): Migration {
    const { name, from, to } = move;
    migrations += 1;
    const channel = `unix://${to.folder}/${name}-${migrations}.migration`;
    const command = from.libvirt.virsh(
      ...['migrate', '--live', '--p2p', '--unsafe', '--undefinesource', '--persistent', name],
      ...[to.libvirt.uri, '--migrateuri', channel],
      ...(bandwidth === undefined ? [] : ['--bandwidth', String(bandwidth)]),
      ...(postCopy === undefined ? [] : ['--postcopy', '--postcopy-bandwidth', String(postCopy)]),
    );
    return new Migration(move, command);
  }

  /** Whether virsh is done with it, in whatever way. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Returns when memory is being copied: the destination has the guest's ports, and the guest runs on the source. */
  async underWay(): Promise<void> {
    const { name, from } = this.#move;
    await until(`the memory of ${name} to move`, async () => {
      if (this.#ended) await this.#notEnded();
      const job = await from.libvirt.virsh('domjobinfo', name).catch(() => '');
      return /Memory processed:\s+(?!0\.000 B)\S/.test(job);
    });
  }

  /** Returns when the guest has come to its new host; throws LabError `LAB_COMMAND` with virsh's complaint. */
  async done(): Promise<void> {
    await this.#command;
    await this.#move.arrived();
  }

  /** Returns virsh's complaint; throws LabError `LAB_MIGRATION` when the guest moved in spite of all. */
  async failure(): Promise<string> {
    const complaint = await this.#command.then(
      () => undefined,
      (error: unknown) => String(error),
    );
    if (complaint !== undefined) return complaint;
    throw new LabError('LAB_MIGRATION', `${this.#move.name} moved to ${this.#move.to.name}, which was not to be`);
  }

  /** Takes it back: the guest stays where it is. */
  async cancel(): Promise<void> {
    await this.#move.from.libvirt.virsh('domjobabort', this.#move.name);
  }

  /** Lifts the limit of `bandwidth`. */
  async hurry(): Promise<void> {
    await this.#move.from.libvirt.virsh('migrate-setspeed', this.#move.name, UNLIMITED);
  }

  /** Has the guest run on the destination at once; what it touches of its memory is fetched from the source. */
  async toPostCopy(): Promise<void> {
    await this.#move.from.libvirt.virsh('migrate-postcopy', this.#move.name);
  }

  /** As `hurry`, after `toPostCopy`. */
  async hurryPostCopy(): Promise<void> {
    await this.#move.from.libvirt.virsh('migrate-setspeed', '--postcopy', this.#move.name, UNLIMITED);
  }

  async #notEnded(): Promise<never> {
    await this.#command;
    throw new LabError('LAB_MIGRATION', `the migration of ${this.#move.name} was over before anybody could look`);
  }
}
