import type { Flow } from '../../openflow/flow.ts';
import type { Uuid } from '../../ovsdb/value.ts';
import { portOf } from '../../pipeline/cookie.ts';
import type { JudgedPort } from '../../desire/desired-bridge.ts';

/** A refused port is tried again after this long, in milliseconds: a full table may have room by then. */
export const REFUSED_MS = 5000;

/** Why the flows of a port were refused. */
export interface Refusal {
  readonly ofport: number;
  readonly message: string;
  /** When, on a monotonic clock in ms. */
  readonly at: number;
  /** Not even the flow that drops the port's frames could be installed. */
  readonly bare: boolean;
}

/**
 * Ports whose flows ovs-vswitchd refused, by the UUID of their Port row. They stay closed and keep nobody else from being served.
 * One that is tried again stays here until that has gone well.
 */
export type Refusals = ReadonlyMap<Uuid, Refusal>;

/** What was refused last of the port, be it tried again by now or not. */
export function refusalOf(refusals: Refusals, { port }: JudgedPort): Refusal | undefined {
  const refusal = refusals.get(port.row._uuid);
  return refusal?.ofport === port.ofports[0] ? refusal : undefined;
}

/** Whether the port is to stay closed at `now`. */
export function isRefused(refusals: Refusals, judged: JudgedPort, now: number): boolean {
  const refusal = refusalOf(refusals, judged);
  return refusal !== undefined && now < refusal.at + REFUSED_MS;
}

/** Numbers of those of `ports` that are to have no flow of their own at all: their parking keeps them closed. */
export function barePorts(refusals: Refusals, ports: readonly JudgedPort[], now: number): ReadonlySet<number> {
  if (refusals.size === 0) return NONE;
  const bare = ports.filter((judged) => {
    return isRefused(refusals, judged, now) && refusalOf(refusals, judged)?.bare === true;
  });
  return new Set(bare.flatMap(({ port }) => port.ofports));
}

const NONE: ReadonlySet<number> = new Set();

/**
 * Blames the port that `flow` serves, and leaves more of its flows out than before; undefined when `flow` serves no single
 * port of `ports`, or there is nothing more to leave out. `isOpen` says whether the port's opening flows were asked for.
 */
export function blame(
  refusals: Refusals,
  flow: Flow,
  ports: readonly JudgedPort[],
  isOpen: (judged: JudgedPort) => boolean,
  message: string,
  now: number,
): Refusals | undefined {
  const ofport = portOf(flow.cookie);
  if (ofport === undefined) return undefined;
  const culprit = ports.find(({ port }) => port.ofports.includes(ofport));
  if (culprit === undefined) return undefined;
  const bare = !isOpen(culprit);
  if (bare && isRefused(refusals, culprit, now) && refusalOf(refusals, culprit)?.bare === true) return undefined;
  const refusal = { ofport: culprit.port.ofports[0] ?? ofport, message, at: now, bare };
  return new Map([...refusals, [culprit.port.row._uuid, refusal]]);
}

/** Forgets ports that are gone. */
export function keepOnly(refusals: Refusals, ports: readonly JudgedPort[]): Refusals {
  if (refusals.size === 0) return refusals;
  const present = new Set<string>(ports.map(({ port }) => port.row._uuid));
  const kept = [...refusals].filter(([uuid]) => present.has(uuid));
  return kept.length === refusals.size ? refusals : new Map(kept);
}

/** Forgets those that were to be tried again at `now`: they were, and nothing was refused. */
export function accepted(refusals: Refusals, now: number): Refusals {
  const kept = [...refusals].filter(([, { at }]) => now < at + REFUSED_MS);
  return kept.length === refusals.size ? refusals : new Map(kept);
}

/** A refusal in words. */
export function refusalText({ bare, message }: Refusal): string {
  return `${bare ? 'by its VLAN setting alone, for not even a flow that drops its frames fits: ' : ''}${message}`;
}
