import type { DomainStatus } from '../domain-status.ts';
import type { FileOwners } from '../file-owners.ts';
import type { NicRecord } from '../nic.ts';
import { NicTable } from '../nic-table.ts';
import type { XmlFolders } from '../xml-folders.ts';
import { chooseNic, notFound } from './choose.ts';
import type { NetworkLookup } from './network-lookup.ts';
import type { Asked, Finding, Rung } from './rung.ts';

interface StatusNic extends NicRecord {
  readonly mayLackPortgroup: boolean;
}

/**
 * Live domain status: at a start there 20 ms after the port and well before the guest's CPUs run, at a hotplug only once the
 * guest has the device. It is what remains of a NIC when its network was stopped under it, which removes the port files.
 */
export class DomainStatusRung implements Rung {
  readonly name = 'domain-status';
  readonly live = true;
  readonly networks: NetworkLookup;
  readonly #folder: XmlFolders<DomainStatus>;
  readonly #owners: FileOwners;
  #table: NicTable<StatusNic> | undefined;

  constructor(folder: XmlFolders<DomainStatus>, owners: FileOwners, networks: NetworkLookup) {
    this.#folder = folder;
    this.#owners = owners;
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
    const candidates = this.#nics().find(asked);
    if (candidates.length === 0) return notFound(this.#nics(), asked, this.#owners.suspects(this.#folder, asked.vmId));
    const finding = chooseNic(candidates, asked);
    return finding.kind === 'found'
      ? { ...finding, distrusted: candidates.some(({ nic }) => nic.mayLackPortgroup) }
      : finding;
  }

  /** The network ports that live domains have for this NIC. */
  portIds(asked: Asked): ReadonlySet<string> {
    return new Set(
      this.#nics()
        .find(asked)
        .flatMap(({ nic }) => nic.portId ?? []),
    );
  }

  /** The NICs of live domains that this may be, by interfaceid or else by domain and MAC, whatever their interfaceid. */
  candidates(asked: Asked): readonly NicRecord[] {
    const known = this.#nics().find(asked);
    return (known.length > 0 ? known : this.#nics().withVmAndMac(asked)).map(({ nic }) => nic);
  }

  #nics(): NicTable<StatusNic> {
    this.#table ??= new NicTable(this.#located());
    return this.#table;
  }

  *#located(): Generator<{ nic: StatusNic; file: string }> {
    for (const [file, { domain, mayLackPortgroups }] of this.#folder.values()) {
      for (const nic of domain.nics) yield { nic: { ...nic, mayLackPortgroup: mayLackPortgroups }, file };
    }
  }
}
