import { messageOf } from '../errors.ts';
import { fold } from '../identity.ts';
import type { MetadataElement } from '../metadata.ts';
import { NicTable } from '../nic-table.ts';
import type { Report } from '../report.ts';
import { VirshFailed, type Virsh } from '../virsh.ts';
import { chooseNic } from './choose.ts';
import type { NetworkFinding, NetworkLookup } from './network-lookup.ts';
import type { Asked, Finding, Rung } from './rung.ts';
import { askVirsh, type VirshDomain } from './virsh-domain.ts';

/** No event tells of a change, so a domain once asked for is asked for again. */
const REFRESH_MS = 10_000;
/** A domain or NIC that virsh did not know may be about to appear. */
const RETRY_MS = 2000;
const MAX_DOMAINS = 4096;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Entry {
  /** Undefined while virsh is asked for the first time. */
  readonly outcome: VirshDomain | { readonly why: string } | undefined;
  /** By performance.now(). */
  readonly askedAt: number;
  readonly asking: boolean;
}

export interface VirshRungOptions {
  readonly virsh: Virsh;
  /** The rung is for hosts where libvirt's folders are not mounted. */
  readonly isNeeded: () => boolean;
  readonly report: Report;
  readonly onChange: () => void;
}

/** `virsh -r dumpxml`: `find` never waits, it says that virsh is being asked and `onChange` is called with the answer. */
export class VirshRung implements Rung {
  readonly name = 'virsh';
  readonly live = true;
  readonly #options: VirshRungOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #running = new Set<Promise<void>>();
  #daemonVersion: number | undefined;
  #probedAt = -Infinity;
  #failure: string | undefined;
  #closed = false;

  constructor(options: VirshRungOptions) {
    this.#options = options;
  }

  /** Whether virsh has answered, and libvirt's folders are missing. */
  get present(): boolean {
    return this.#daemonVersion !== undefined && this.#options.isNeeded();
  }

  get networks(): NetworkLookup {
    return { find: (name) => this.#network(name) };
  }

  /** Finds out whether virsh reaches libvirt, at most once in ten seconds. Never rejects. */
  async probe(): Promise<void> {
    const now = performance.now();
    if (this.#daemonVersion !== undefined || !this.#options.isNeeded() || now - this.#probedAt < REFRESH_MS) return;
    this.#probedAt = now;
    await this.#track(this.#askVersion());
  }

  /** Asks again for what is due, and forgets the domains that are gone. To be called now and then. */
  refresh(): void {
    if (!this.present) return;
    const now = performance.now();
    for (const [uuid, { outcome, askedAt, asking }] of this.#entries) {
      if (asking || now - askedAt < REFRESH_MS) continue;
      if (outcome !== undefined && 'why' in outcome) this.#entries.delete(uuid);
      else this.#ask(uuid);
    }
  }

  find(asked: Asked): Finding {
    const uuid = asked.vmId;
    if (uuid === undefined || !UUID.test(uuid)) return { kind: 'blocked', why: 'virsh needs the uuid of the domain' };
    const entry = this.#entries.get(uuid);
    if (entry?.outcome === undefined) return this.#ask(uuid);
    if ('why' in entry.outcome) return this.#askAgain(uuid, entry, entry.outcome.why);
    const located = entry.outcome.nics.map((nic) => ({ nic, file: undefined }));
    const finding = chooseNic(new NicTable(located).find(asked), asked);
    return finding.kind === 'absent' ? this.#askAgain(uuid, entry, `virsh knows no such NIC of ${uuid}`) : finding;
  }

  /** Forgets every domain but those in `vmIds`: one that is started again may have changed. */
  retain(vmIds: Iterable<string>): void {
    if (this.#entries.size === 0) return;
    const kept = new Set(Array.from(vmIds, fold));
    for (const uuid of this.#entries.keys()) if (!kept.has(uuid)) this.#entries.delete(uuid);
  }

  /** The metadata of a domain that virsh was asked for by `find`, if it has answered. */
  metadata(uuid: string): readonly MetadataElement[] | undefined {
    const outcome = this.#entries.get(uuid)?.outcome;
    return outcome !== undefined && 'metadata' in outcome ? outcome.metadata : undefined;
  }

  /** Ends the commands that run, and settles when they have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#options.virsh.close();
    await Promise.all(this.#running);
  }

  #network(name: string): NetworkFinding {
    for (const { outcome } of this.#entries.values()) {
      const found = outcome !== undefined && 'networks' in outcome ? outcome.networks.get(name) : undefined;
      if (found !== undefined) return found;
    }
    return { kind: 'unknown', why: `virsh was not asked for the network ${name}` };
  }

  #askAgain(uuid: string, entry: Entry, why: string): Finding {
    if (!entry.asking && performance.now() - entry.askedAt >= RETRY_MS) this.#ask(uuid);
    return { kind: 'blocked', why };
  }

  #ask(uuid: string): Finding {
    const before = this.#entries.get(uuid);
    const why = `asking virsh for domain ${uuid}`;
    if (before?.asking === true) return { kind: 'blocked', why };
    if (before === undefined && this.#entries.size >= MAX_DOMAINS) {
      return { kind: 'blocked', why: `virsh was asked for ${MAX_DOMAINS} domains already` };
    }
    this.#entries.set(uuid, { outcome: before?.outcome, askedAt: performance.now(), asking: true });
    void this.#track(this.#store(uuid, before));
    return { kind: 'blocked', why };
  }

  async #track(job: Promise<void>): Promise<void> {
    this.#running.add(job);
    await job;
    this.#running.delete(job);
  }

  async #askVersion(): Promise<void> {
    try {
      this.#daemonVersion = await this.#options.virsh.daemonVersion();
      this.#options.onChange();
    } catch (error) {
      this.#complain(error);
    }
  }

  async #store(uuid: string, before: Entry | undefined): Promise<void> {
    let outcome: Entry['outcome'];
    try {
      outcome = await askVirsh(this.#options.virsh, uuid, this.#daemonVersion ?? 0);
      this.#failure = undefined;
    } catch (error) {
      if (this.#closed) return;
      outcome = { why: messageOf(error) };
      this.#complain(error);
    }
    // Forgotten meanwhile: whoever comes next under this uuid may be another.
    if (!this.#entries.has(uuid)) return;
    this.#entries.set(uuid, { outcome, askedAt: performance.now(), asking: false });
    if (fingerprint(outcome) !== fingerprint(before?.outcome)) this.#options.onChange();
  }

  #complain(error: unknown): void {
    const message = messageOf(error);
    if (this.#closed || message === this.#failure) return;
    this.#failure = message;
    const command = error instanceof VirshFailed ? error.command : 'virsh';
    this.#options.report({ kind: 'virsh-failed', command, message });
  }
}

function fingerprint(outcome: Entry['outcome']): string {
  if (outcome === undefined) return '';
  if ('why' in outcome) return outcome.why;
  return JSON.stringify([outcome.nics, outcome.metadata, [...outcome.networks]]);
}
