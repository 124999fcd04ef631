import { basename } from 'node:path';
import type { DomainStatus } from './domain-status.ts';
import type { Domain } from './domain.ts';
import type { PortFolders } from './port-folders.ts';
import type { XmlFolders } from './xml-folders.ts';

export interface OwnerSources {
  readonly statuses: XmlFolders<DomainStatus>;
  readonly definitions: XmlFolders<Domain>;
  readonly ports: PortFolders;
}

/**
 * Whose a file is that cannot be understood. libvirt names the files of a domain after it, and lets no other domain have that
 * name: so the file is nobody's but who has the name by another source, or had it when the file was last understood.
 */
export class FileOwners {
  readonly #sources: OwnerSources;
  #uuids: ReadonlyMap<string, ReadonlySet<string>> | undefined;

  constructor(sources: OwnerSources) {
    this.#sources = sources;
  }

  /** To be called after every change of the files. */
  invalidate(): void {
    this.#uuids = undefined;
  }

  /** The files in `folder` that say nothing and may tell of the domain `uuid`; the folder itself if it cannot be listed. */
  suspects(folder: XmlFolders<unknown>, uuid: string | undefined): readonly string[] {
    const refused = folder.refused();
    if (refused.length === 0 || uuid === undefined) return refused;
    this.#uuids ??= this.#byName();
    const uuids = this.#uuids;
    const isNamed = [...uuids.values()].some((owners) => owners.has(uuid));
    return refused.filter((file) => {
      const owners = folder.isFolder(file) ? undefined : uuids.get(basename(file, '.xml'));
      return owners?.has(uuid) ?? (folder.isFolder(file) || !isNamed);
    });
  }

  #byName(): ReadonlyMap<string, ReadonlySet<string>> {
    const { statuses, definitions, ports } = this.#sources;
    const uuids = new Map<string, Set<string>>();
    const add = (name: string | undefined, uuid: string | undefined): void => {
      if (name !== undefined && uuid !== undefined) uuids.set(name, (uuids.get(name) ?? new Set()).add(uuid));
    };
    for (const [, { domain }] of statuses.lastValues()) add(domain.name, domain.uuid);
    for (const [, { name, uuid }] of definitions.lastValues()) add(name, uuid);
    for (const [, { ownerName, vmId }] of ports.values()) add(ownerName, vmId);
    return uuids;
  }
}
