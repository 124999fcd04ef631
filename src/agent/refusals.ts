import type { JudgedPort } from './goal.ts';
import type { Flow } from '../openflow/flow.ts';
import { portOf } from '../pipeline/cookie.ts';

/** A refused port is tried again after this long, in milliseconds: a full table may have room by then. */
const RETRY_MS = 60_000;

/** Ports whose flows ovs-vswitchd refused. They stay closed and keep nobody else from being served. */
export class Refusals {
  readonly #reasons = new Map<string, { readonly ofport: number; readonly message: string; readonly at: number }>();

  /** Whether the port is to stay closed at `now` (monotonic, in ms). */
  has({ port }: JudgedPort, now: number): boolean {
    const reason = this.#reasons.get(port.row._uuid);
    return reason !== undefined && reason.ofport === port.ofports[0] && now - reason.at < RETRY_MS;
  }

  /** Blames the port that `flow` serves; undefined when it serves no single port of `ports`. */
  blame(flow: Flow, ports: readonly JudgedPort[], message: string, now: number): JudgedPort | undefined {
    const ofport = portOf(flow.cookie);
    const culprit = ports.find(({ port }) => ofport !== undefined && port.ofports.includes(ofport));
    if (culprit === undefined || ofport === undefined) return undefined;
    this.#reasons.set(culprit.port.row._uuid, { ofport: culprit.port.ofports[0] ?? ofport, message, at: now });
    return culprit;
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

  /** Why the port is closed, if it is. */
  reason(judged: JudgedPort, now: number): string | undefined {
    return this.has(judged, now) ? this.#reasons.get(judged.port.row._uuid)?.message : undefined;
  }
}
