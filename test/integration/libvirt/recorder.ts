import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
  type FSWatcher,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Libvirt } from '../../lab/libvirt-host.ts';
import { until } from '../../lab/until.ts';

/** libvirt's files of one moment: text by path, which begins with `state` or `config`. */
export type Moment = ReadonlyMap<string, string>;

/** Keeps what libvirt's folders held after each change, even if only for a millisecond. */
export class Recorder {
  readonly #libvirt: Libvirt;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #moments: Moment[] = [];

  constructor(libvirt: Libvirt) {
    this.#libvirt = libvirt;
    this.#look();
  }

  get now(): Moment {
    return this.#read();
  }

  /** The first moment from now on, or already recorded, of which `test` holds. */
  async moment(what: string, test: (moment: Moment) => boolean): Promise<Moment> {
    return until(what, () => this.#moments.find(test));
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
  }

  #look(): void {
    const { stateDir, configDir } = this.#libvirt;
    const networks = join(stateDir, 'network');
    const folders = [networks, join(stateDir, 'qemu'), join(configDir, 'qemu'), join(configDir, 'qemu', 'networks')];
    for (const name of existsSync(networks) ? readdirSync(networks) : []) {
      folders.push(join(networks, name), join(networks, name, 'ports'));
    }
    for (const folder of folders) {
      if (this.#watchers.has(folder) || !existsSync(folder)) continue;
      if (readdirSyncOf(folder) === undefined) continue;
      const onEvent = (): void => {
        this.#look();
      };
      this.#watchers.set(folder, watch(folder, { persistent: false }, onEvent));
    }
    this.#moments.push(this.#read());
  }

  #read(): Moment {
    const files = new Map<string, string>();
    const { stateDir, configDir } = this.#libvirt;
    collect(join(stateDir, 'network'), 'state/network', files);
    collect(join(stateDir, 'qemu'), 'state/qemu', files);
    collect(join(configDir, 'qemu'), 'config/qemu', files);
    return files;
  }
}

/** Writes a moment out as a folder, in place of what was there. */
export function writeMoment(moment: Moment, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of moment) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

function collect(folder: string, path: string, files: Map<string, string>): void {
  for (const name of readdirSyncOf(folder) ?? []) {
    const inner = join(folder, name);
    if (!name.includes('.')) {
      collect(inner, `${path}/${name}`, files);
    } else if (name.endsWith('.xml') && name !== 'default.xml') {
      try {
        files.set(`${path}/${name}`, readFileSync(inner, 'utf8'));
      } catch {
        // Gone again.
      }
    }
  }
}

function readdirSyncOf(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}
