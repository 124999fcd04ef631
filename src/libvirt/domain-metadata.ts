import type { Domain } from './domain.ts';
import type { DomainStatus } from './domain-status.ts';
import type { FileOwners } from './file-owners.ts';
import { fold } from './identity.ts';
import type { MetadataElement } from './metadata.ts';
import type { PortFolders } from './port-folders.ts';
import type { VirshRung } from './rungs/virsh-rung.ts';
import type { XmlFolders } from './xml-folders.ts';

/** What is known of a domain's metadata. */
export type MetadataFinding =
  | { readonly kind: 'metadata'; readonly elements: readonly MetadataElement[] }
  /** There may be some that cannot be read now; `awaited`: an answer is on its way. */
  | { readonly kind: 'unknown'; readonly why: string; readonly awaited: boolean };

export interface MetadataSources {
  readonly statuses: XmlFolders<DomainStatus>;
  readonly virsh: VirshRung | undefined;
  readonly definitions: XmlFolders<Domain>;
  readonly ports: PortFolders;
  readonly owners: FileOwners;
}

interface Known {
  /** The last that a live source told. */
  live: readonly MetadataElement[] | undefined;
  /** It was first asked for as one that had run here before. */
  readonly ranBefore: boolean;
  /** When it was first asked for, by performance.now(). */
  readonly metAt: number;
  /** No status file has come in all the time that it may take. */
  lapsed: boolean;
}

const NOTHING: MetadataFinding = { kind: 'metadata', elements: [] };

/**
 * Metadata of domains, of which what is set with `--live` is in the live description alone. So the definition, or that nothing
 * is known, counts only where nothing live can be hidden:
 *
 * - A domain that is being born. Its status file lands some 20 ms after the port, and some 300 ms before its CPUs run (0.3 s
 *   before they run here for one that migrates); until then it has nothing but its definition's, or as a transient one
 *   nothing. To wait for the file would only delay the port: the guest cannot send before it is there, and then it decides.
 * - A host without live source: neither status files nor virsh.
 * - A domain that libvirt does not know: a port's `vm-id` may be another hypervisor's.
 *
 * - A host whose state is lost, network ports and all: the definition tells what is left to be known, as it does of portgroups.
 *
 * Anything else is unknown: a file that cannot be read and may be the domain's, virsh before its answer or without one, and a
 * domain that ran here before this process did and has network ports, but no status. Where a status was read before and is
 * gone, what it said holds as long as the domain has a port.
 */
export class DomainMetadata {
  readonly #sources: MetadataSources;
  readonly #known = new Map<string, Known>();
  #live: ReadonlyMap<string, Domain> | undefined;
  #defined: ReadonlyMap<string, Domain> | undefined;
  #owners: ReadonlySet<string> | undefined;

  constructor(sources: MetadataSources) {
    this.#sources = sources;
  }

  /** To be called after every change of the files. */
  invalidate(): void {
    this.#live = undefined;
    this.#defined = undefined;
    this.#owners = undefined;
  }

  /** The metadata of the domain `vmId`; `ranBefore` says that it was running when this process began. */
  find(vmId: string, ranBefore: boolean): MetadataFinding {
    const uuid = fold(vmId);
    if (uuid === undefined) return NOTHING;
    const known = this.#meet(uuid, ranBefore);
    if (this.#status(uuid) !== undefined) return { kind: 'metadata', elements: known.live ?? [] };
    return this.#unreadable(uuid, this.#sources.statuses) ?? this.#byVirsh(uuid, known) ?? this.#remaining(uuid, known);
  }

  /** Whether the domain is one of libvirt's that is being born here: its status file is yet to come. */
  isExpected(vmId: string, ranBefore: boolean): boolean {
    const uuid = fold(vmId);
    if (uuid === undefined || !this.#sources.statuses.present) return false;
    const known = this.#meet(uuid, ranBefore);
    if (known.live !== undefined || known.ranBefore || known.lapsed) return false;
    return this.#owner().has(uuid) || this.#definition(uuid) !== undefined;
  }

  /**
   * Expects no status file any more of domains that were first asked for before `since` (by performance.now()): a driver that keeps
   * its files elsewhere runs them. Returns whether that changed anything.
   */
  lapse(since: number): boolean {
    const waiting = [...this.#known.values()].filter(
      ({ live, lapsed, metAt }) => live === undefined && !lapsed && metAt < since,
    );
    for (const known of waiting) known.lapsed = true;
    return waiting.length > 0;
  }

  /** Forgets every domain but those in `vmIds`. */
  retain(vmIds: Iterable<string>): void {
    if (this.#known.size === 0) return;
    const kept = new Set(Array.from(vmIds, fold));
    for (const uuid of this.#known.keys()) if (!kept.has(uuid)) this.#known.delete(uuid);
  }

  /** Takes in what a domain's status says, and at the first time whether it ran before. */
  #meet(uuid: string, ranBefore: boolean): Known {
    const known = this.#known.get(uuid) ?? { live: undefined, ranBefore, metAt: performance.now(), lapsed: false };
    this.#known.set(uuid, known);
    known.live = this.#status(uuid)?.metadata ?? known.live;
    return known;
  }

  #status(uuid: string): Domain | undefined {
    this.#live ??= byUuid(Array.from(this.#sources.statuses.values(), ([, { domain }]) => domain));
    return this.#live.get(uuid);
  }

  #byVirsh(uuid: string, known: Known): MetadataFinding | undefined {
    const { virsh } = this.#sources;
    if (virsh?.present !== true) return undefined;
    const answer = virsh.domain(uuid);
    switch (answer.kind) {
      case 'domain':
        known.live = answer.domain.metadata;
        return { kind: 'metadata', elements: answer.domain.metadata };
      case 'asking':
      case 'failed':
        // What the files said before they were gone is as good as what virsh said before it failed.
        if (known.live !== undefined) return { kind: 'metadata', elements: known.live };
        return { kind: 'unknown', why: answer.why, awaited: answer.kind === 'asking' };
      case 'absent':
        return undefined;
    }
  }

  /** What is left where no live source tells of the domain. */
  #remaining(uuid: string, known: Known): MetadataFinding {
    if (known.live !== undefined) return { kind: 'metadata', elements: known.live };
    const { statuses, virsh, definitions } = this.#sources;
    const definition = this.#definition(uuid);
    if (statuses.exists || virsh?.present === true) {
      if (known.ranBefore && this.#owner().has(uuid)) {
        const why = `its domain ${uuid} has network ports and ran before this agent did, but no live status tells of it`;
        return { kind: 'unknown', why, awaited: false };
      }
    } else if (definition === undefined) {
      const unreadable = this.#unreadable(uuid, definitions);
      if (unreadable !== undefined) return unreadable;
    }
    return definition === undefined ? NOTHING : { kind: 'metadata', elements: definition.metadata };
  }

  /** A file of `folder` that cannot be understood and may be the domain's. */
  #unreadable(uuid: string, folder: XmlFolders<unknown>): MetadataFinding | undefined {
    const [file] = this.#sources.owners.suspects(folder, uuid);
    if (file === undefined) return undefined;
    return { kind: 'unknown', why: `${file} cannot be understood and may tell of its domain ${uuid}`, awaited: false };
  }

  #definition(uuid: string): Domain | undefined {
    this.#defined ??= byUuid(Array.from(this.#sources.definitions.values(), ([, domain]) => domain));
    return this.#defined.get(uuid);
  }

  /** The domains that have ports on libvirt's networks. */
  #owner(): ReadonlySet<string> {
    this.#owners ??= new Set(Array.from(this.#sources.ports.values()).flatMap(([, { vmId }]) => vmId ?? []));
    return this.#owners;
  }
}

function byUuid(domains: readonly Domain[]): ReadonlyMap<string, Domain> {
  return new Map(domains.map((domain) => [domain.uuid, domain]));
}
