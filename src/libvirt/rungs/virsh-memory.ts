import { messageOf } from '../../base/thrown.ts';
import { fold } from '../identity.ts';
import { isOnTheMove } from '../run-state.ts';
import { VirshFailed, type Virsh } from '../virsh.ts';
import { askVirsh, type ReadDomain, type VirshDomain } from './virsh-domain.ts';

/** No event tells of a change, so a domain once asked for is asked for again. */
export const REFRESH_MS = 10_000;
/** What is expected to change soon is asked for again after this, then after twice as long each time. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2000;
const MAX_DOMAINS = 4096;

/** What virsh has said of a domain so far. */
export type VirshAnswer =
  /** Its first question is not answered yet. */
  | { readonly kind: 'asking'; readonly why: string }
  /** The last good answer, though later questions may have failed. */
  | { readonly kind: 'domain'; readonly domain: VirshDomain }
  /** libvirt says that there is no such domain. */
  | { readonly kind: 'absent'; readonly why: string }
  /** It was never answered well. */
  | { readonly kind: 'failed'; readonly why: string };

interface Entry {
  answer: VirshAnswer;
  /** By performance.now(). */
  askedAt: number;
  asking: boolean;
  /** Before the next question out of turn; longer than LAST_RETRY_MS once enough were put. */
  retryMs: number;
  retry: NodeJS.Timeout | undefined;
  /** Somebody waits for the answer to become another one. */
  awaited: boolean;
}

export interface VirshMemoryOptions {
  readonly virsh: Virsh;
  readonly readDomain: ReadDomain;
  /** As `Virsh.daemonVersion` gives it. */
  readonly daemonVersion: () => number;
  /** Called after every question, with what was thrown if it was not answered well. */
  readonly onAsked: (error: unknown) => void;
  readonly onChange: () => void;
}

/**
 * The domains that virsh was asked for, and its last good answer for each: a libvirt that is restarted or does not answer in
 * time has not changed its guests. Only that libvirt knows no such domain, or an answer that cannot be understood, takes the
 * last one away.
 */
export class VirshMemory {
  readonly #options: VirshMemoryOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #running = new Set<Promise<void>>();
  #closed = false;

  constructor(options: VirshMemoryOptions) {
    this.#options = options;
  }

  /** What is known of a domain, which is asked for if it never was. Answers at once. */
  of(uuid: string): VirshAnswer {
    const entry = this.#entries.get(uuid);
    if (entry !== undefined) return entry.answer;
    const answer = { kind: 'asking', why: `asking virsh for domain ${uuid}` } as const;
    if (this.#closed) return answer;
    if (this.#entries.size >= MAX_DOMAINS) {
      return { kind: 'failed', why: `virsh was asked for ${MAX_DOMAINS} domains already` };
    }
    const fresh: Entry = {
      answer,
      askedAt: performance.now(),
      asking: false,
      retryMs: FIRST_RETRY_MS,
      retry: undefined,
      awaited: false,
    };
    this.#entries.set(uuid, fresh);
    this.#ask(uuid, fresh);
    return answer;
  }

  /** Asks again soon, and a few times more while the answer stays the same: it is about to change, as a NIC is hotplugged. */
  expectChange(uuid: string): void {
    const entry = this.#entries.get(uuid);
    if (entry === undefined) return;
    entry.awaited = true;
    const isDue = entry.retryMs > LAST_RETRY_MS && performance.now() - entry.askedAt >= LAST_RETRY_MS;
    if (isDue) this.#ask(uuid, entry);
    else this.#retryLater(uuid, entry, LAST_RETRY_MS);
  }

  /** Asks again for every domain whose answer is old. To be called now and then. */
  refresh(): void {
    const now = performance.now();
    for (const [uuid, entry] of this.#entries) if (now - entry.askedAt >= REFRESH_MS) this.#ask(uuid, entry);
  }

  /** Forgets every domain but those in `vmIds`: one that is started again may have changed. */
  retain(vmIds: Iterable<string>): void {
    if (this.#entries.size === 0) return;
    const kept = new Set(Array.from(vmIds, fold));
    for (const [uuid, { retry }] of this.#entries) {
      if (kept.has(uuid)) continue;
      clearTimeout(retry);
      this.#entries.delete(uuid);
    }
  }

  *domains(): Generator<VirshDomain> {
    for (const { answer } of this.#entries.values()) if (answer.kind === 'domain') yield answer.domain;
  }

  /** Ends the timers, and settles when the questions that run have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.retain([]);
    await Promise.all(this.#running);
  }

  #ask(uuid: string, entry: Entry): void {
    if (entry.asking || this.#closed) return;
    clearTimeout(entry.retry);
    entry.retry = undefined;
    entry.asking = true;
    entry.askedAt = performance.now();
    const job = this.#put(uuid, entry).finally(() => this.#running.delete(job));
    this.#running.add(job);
  }

  /** Puts the question and takes in the answer. Never rejects. */
  async #put(uuid: string, entry: Entry): Promise<void> {
    const answer = await this.#answer(uuid, entry.answer);
    // Forgotten meanwhile: whoever comes next under this uuid may be another.
    if (this.#entries.get(uuid) !== entry) return;
    entry.asking = false;
    entry.askedAt = performance.now();
    const changed = fingerprint(answer) !== fingerprint(entry.answer);
    entry.answer = answer;
    if (changed) {
      entry.awaited = false;
      entry.retryMs = FIRST_RETRY_MS;
    }
    // No event tells when a guest on the move has arrived.
    const unsteady = answer.kind === 'failed' || (answer.kind === 'domain' && isOnTheMove(answer.domain.state));
    if (unsteady) this.#retryLater(uuid, entry, Infinity);
    else if (entry.awaited || answer.kind === 'absent') this.#retryLater(uuid, entry, LAST_RETRY_MS);
    if (changed) this.#options.onChange();
  }

  async #answer(uuid: string, before: VirshAnswer): Promise<VirshAnswer> {
    const known = before.kind === 'domain' ? before.domain : undefined;
    try {
      const domain = await askVirsh(this.#options, uuid, known);
      this.#options.onAsked(undefined);
      return domain === undefined
        ? { kind: 'absent', why: `libvirt knows no domain ${uuid}` }
        : { kind: 'domain', domain };
    } catch (error) {
      this.#options.onAsked(error);
      return known !== undefined && error instanceof VirshFailed ? before : { kind: 'failed', why: messageOf(error) };
    }
  }

  /** Asks once more unless that was done often enough: until the wait would be longer than `limit` milliseconds. */
  #retryLater(uuid: string, entry: Entry, limit: number): void {
    if (entry.asking || entry.retry !== undefined || entry.retryMs > limit || this.#closed) return;
    entry.retry = setTimeout(
      () => {
        this.#ask(uuid, entry);
      },
      Math.min(entry.retryMs, LAST_RETRY_MS),
    );
    entry.retryMs = entry.retryMs >= LAST_RETRY_MS ? Infinity : Math.min(2 * entry.retryMs, LAST_RETRY_MS);
  }
}

function fingerprint(answer: VirshAnswer): string {
  if (answer.kind !== 'domain') return `${answer.kind} ${answer.why}`;
  const { state, nics, metadata, networks } = answer.domain;
  return JSON.stringify([state, nics, metadata, [...networks]]);
}
