import type { DomainStatus } from './domain-status.ts';
import type { Domain } from './domain.ts';
import { fold } from './identity.ts';
import type { DomainState } from './query.ts';
import type { XmlFolders } from './xml-folders.ts';

export interface NameSources {
  readonly statuses: XmlFolders<DomainStatus>;
  readonly virsh: { states(): readonly DomainState[] } | undefined;
  readonly definitions: XmlFolders<Domain>;
}

/** What domains are called: by their live status, else by virsh, else by their definition. */
export class DomainNames {
  readonly #sources: NameSources;
  #names: ReadonlyMap<string, string> | undefined;

  constructor(sources: NameSources) {
    this.#sources = sources;
  }

  /** To be called after every change of the files. */
  invalidate(): void {
    this.#names = undefined;
  }

  /** The name of the domain with this uuid, in any spelling; undefined where nobody tells it. */
  of(uuid: string): string | undefined {
    this.#names ??= this.#read();
    return this.#names.get(fold(uuid) ?? '');
  }

  #read(): ReadonlyMap<string, string> {
    const { statuses, virsh, definitions } = this.#sources;
    const names = new Map<string, string>();
    // Who comes later counts.
    for (const [, { uuid, name }] of definitions.values()) names.set(uuid, name);
    for (const { uuid, name } of virsh?.states() ?? []) names.set(uuid, name);
    for (const [, { domain }] of statuses.values()) names.set(domain.uuid, domain.name);
    return names;
  }
}
