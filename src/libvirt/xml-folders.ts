import type { XmlFolder } from './xml-folder.ts';

/** The parsed files of one kind, wherever they are: each of libvirt's drivers keeps those of its domains in a folder of its own. */
export class XmlFolders<T> {
  readonly #folders: readonly XmlFolder<T>[];

  /** `folders` in the order of their weight; the first stands for all where one has to be named. */
  constructor(folders: readonly [XmlFolder<T>, ...XmlFolder<T>[]]) {
    this.#folders = folders;
  }

  /** Whether one of them exists and could be listed. */
  get present(): boolean {
    return this.#folders.some(({ present }) => present);
  }

  /** Whether one of them is there, even if it cannot be listed. */
  get exists(): boolean {
    return this.#folders.some(({ exists }) => exists);
  }

  /** The path of the first. */
  get folder(): string {
    return this.#folders[0]?.folder ?? '';
  }

  /** Whether `path` is one of the folders, not a file in one. */
  isFolder(path: string): boolean {
    return this.#folders.some(({ folder }) => folder === path);
  }

  *values(): Generator<[string, T]> {
    for (const folder of this.#folders) yield* folder.values();
  }

  *lastValues(): Generator<[string, T]> {
    for (const folder of this.#folders) yield* folder.lastValues();
  }

  /** Files that are there but say nothing; a folder itself where it cannot be listed. */
  refused(): readonly string[] {
    return this.#folders.flatMap((folder) => folder.refused());
  }

  async scan(): Promise<void> {
    await Promise.all(this.#folders.map((folder) => folder.scan()));
  }

  close(): void {
    for (const folder of this.#folders) folder.close();
  }
}
