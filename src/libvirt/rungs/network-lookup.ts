import type { Network } from '../network.ts';
import type { XmlFolder } from '../xml-folder.ts';

export type NetworkFinding =
  | { readonly kind: 'network'; readonly network: Network; readonly file: string | undefined }
  | { readonly kind: 'unknown'; readonly why: string };

/** Finds a network by name. */
export interface NetworkLookup {
  find(name: string): NetworkFinding;
}

/**
 * Networks from libvirt's files: the live one first, else the definition. `virsh net-destroy` removes the live file while
 * guests stay plugged in, and those of a network that was never defined are then unknown.
 */
export class NetworkFiles implements NetworkLookup {
  readonly #folders: readonly XmlFolder<Network>[];

  constructor(live: XmlFolder<Network>, defined: XmlFolder<Network>) {
    this.#folders = [live, defined];
  }

  find(name: string): NetworkFinding {
    for (const folder of this.#folders) {
      const file = `${folder.folder}/${name}.xml`;
      const network = folder.get(`${name}.xml`);
      // A live file that cannot be understood is not replaced by the definition, which may differ from it.
      if (network === 'refused') return { kind: 'unknown', why: `${file} cannot be understood` };
      if (network === undefined) continue;
      if (network.name === name) return { kind: 'network', network, file };
      return { kind: 'unknown', why: `${file} describes the network ${network.name}` };
    }
    const places = this.#folders.map(({ folder }) => folder).join(' and ');
    return { kind: 'unknown', why: `the network ${name} is neither in ${places}` };
  }
}
