import { join } from 'node:path';
import { parseNetworkPort, type NetworkPort } from './network-port.ts';
import { XmlFolder, type IndexContext } from './xml-folder.ts';

/** A host has a handful of networks; each costs a watch. */
const MAX_NETWORKS = 1024;

/**
 * The `ports` folders of all networks, `<state>/network/<net>/ports`. libvirt makes one before the network's first port and
 * leaves it when the network is stopped.
 */
export class PortFolders {
  readonly #parent: string;
  readonly #context: IndexContext;
  readonly #folders = new Map<string, XmlFolder<NetworkPort>>();

  constructor(parent: string, context: IndexContext) {
    this.#parent = parent;
    this.#context = context;
  }

  /** Takes up and lets go of networks so that `names` remain. */
  setNetworks(names: readonly string[]): void {
    const wanted = new Set(names.slice(0, MAX_NETWORKS));
    for (const [name, folder] of this.#folders) {
      if (wanted.has(name)) continue;
      folder.close();
      this.#folders.delete(name);
      this.#context.onChange();
    }
    for (const name of wanted) {
      if (this.#folders.has(name)) continue;
      const folder = new XmlFolder(join(this.#parent, name, 'ports'), parseNetworkPort, this.#context);
      this.#folders.set(name, folder);
      void folder.scan();
    }
  }

  async scan(): Promise<void> {
    await Promise.all([...this.#folders.values()].map((folder) => folder.scan()));
  }

  *values(): Generator<[string, NetworkPort]> {
    for (const folder of this.#folders.values()) yield* folder.values();
  }

  /** Port files that are there but say nothing. */
  refused(): readonly string[] {
    return [...this.#folders.values()].flatMap((folder) => folder.refused());
  }

  close(): void {
    for (const folder of this.#folders.values()) folder.close();
  }
}
