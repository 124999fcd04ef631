import type { Domain } from '../domain.ts';
import { NicTable, type LocatedNic } from '../nic-table.ts';
import type { XmlFolders } from '../xml-folders.ts';
import { chooseNic, notFound } from './choose.ts';
import type { NetworkLookup } from './network-lookup.ts';
import type { Asked, Finding, Rung } from './rung.ts';

/** Persistent domains: what a domain shall be at its next start, which need not be what it is now. */
export class DomainRung implements Rung {
  readonly name = 'domain';
  readonly live = false;
  readonly networks: NetworkLookup;
  readonly #folder: XmlFolders<Domain>;
  #table: NicTable | undefined;

  constructor(folder: XmlFolders<Domain>, networks: NetworkLookup) {
    this.#folder = folder;
    this.networks = networks;
  }

  get present(): boolean {
    return this.#folder.exists;
  }

  /** To be called after every change of the files. */
  invalidate(): void {
    this.#table = undefined;
  }

  find(asked: Asked): Finding {
    this.#table ??= new NicTable(this.#located());
    const candidates = this.#table.find(asked);
    if (candidates.length > 0) return chooseNic(candidates, asked);
    return notFound(this.#table, asked, this.#folder.refused());
  }

  *#located(): Generator<LocatedNic> {
    for (const [file, { nics }] of this.#folder.values()) for (const nic of nics) yield { nic, file };
  }
}
