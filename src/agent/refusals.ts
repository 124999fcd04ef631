import type { JudgedPort } from './goal.ts';
import type { Flow } from '../openflow/flow.ts';
import { portOf } from '../pipeline/cookie.ts';

/** A refused port is tried again after this long, in milliseconds: a full table may have room by then. */
export const REFUSED_MS = 5000;

interface Refusal {
  readonly ofport: number;
  readonly message: string;
  readonly at: number;
  /** Not even the flow that drops the port's frames could be installed. */
  readonly bare: boolean;
}

/** Ports whose flows ovs-vswitchd refused. They stay closed and keep nobody else from being served. */
export class Refusals {
  readonly #reasons = new Map<string, Refusal>();

  /** Whether the port is to stay closed at `now` (monotonic, in ms). */
  has(judged: JudgedPort, now: number): boolean {
    return this.#of(judged, now) !== undefined;
  }

  /** Numbers of those of `ports` that are to have no flow of their own at all: their parking keeps them closed. */
  bare(ports: readonly JudgedPort[], now: number): ReadonlySet<number> {
    const bare = ports.filter((judged) => this.#of(judged, now)?.bare === true);
    return new Set(bare.flatMap(({ port }) => port.ofports));
  }

  /**
   * Blames the port that `flow` serves, and leaves more of its flows out than before; undefined when `flow` serves no single
   * port of `ports`, or there is nothing more to leave out. `isOpen` says whether the port's opening flows were asked for.
   */
  blame(
    flow: Flow,
    ports: readonly JudgedPort[],
    isOpen: (judged: JudgedPort) => boolean,
    message: string,
    now: number,
  ): JudgedPort | undefined {
    const ofport = portOf(flow.cookie);
    const culprit = ports.find(({ port }) => ofport !== undefined && port.ofports.includes(ofport));
    if (culprit === undefined || ofport === undefined) return undefined;
    const bare = !isOpen(culprit);
    if (bare && this.#of(culprit, now)?.bare === true) return undefined;
    this.#reasons.set(culprit.port.row._uuid, { ofport: culprit.port.ofports[0] ?? ofport, message, at: now, bare });
    return culprit;
  }

  /** How long until one of the ports that stay closed is to be tried again, in ms; undefined where none does. */
  wait(now: number): number | undefined {
    const waits = Array.from(this.#reasons.values(), ({ at }) => at + REFUSED_MS - now).filter((wait) => wait > 0);
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  /** Forgets ports that are gone. */
  keepOnly(ports: readonly JudgedPort[]): void {
    const present = new Set<string>(ports.map(({ port }) => port.row._uuid));
    for (const uuid of this.#reasons.keys()) if (!present.has(uuid)) this.#reasons.delete(uuid);
  }

  /** Forgets everything: a new connection may be another ovs-vswitchd. */
  clear(): void {
    this.#reasons.clear();
  }

  /** Why the port is closed, if it is; what was refused stands until it was tried again with success. */
  reason(judged: JudgedPort): string | undefined {
    const refusal = this.#last(judged);
    if (refusal === undefined) return undefined;
    const alone = refusal.bare ? 'by its VLAN setting alone, for not even a flow that drops its frames fits: ' : '';
    return `${alone}${refusal.message}`;
  }

  /** Forgets those that were to be tried again at `now`: they were, and nothing was refused. */
  accepted(now: number): void {
    for (const [uuid, { at }] of this.#reasons) if (now - at >= REFUSED_MS) this.#reasons.delete(uuid);
  }

  #of(judged: JudgedPort, now: number): Refusal | undefined {
    const refusal = this.#last(judged);
    return refusal === undefined || now - refusal.at >= REFUSED_MS ? undefined : refusal;
  }

  #last({ port }: JudgedPort): Refusal | undefined {
    const refusal = this.#reasons.get(port.row._uuid);
    return refusal?.ofport === port.ofports[0] ? refusal : undefined;
  }
}
