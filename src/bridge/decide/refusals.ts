import type { Flow } from '../../openflow/flow.ts';
import { Dict } from '../../base/dict.ts';
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
export type Refusals = Dict<string, Refusal>;

/** Whether the refusal is of the port as it is now: with another number it is tried again. */
export function concerns({ ofport }: Refusal, { port }: JudgedPort): boolean {
  return ofport === port.ofports[0];
}

/** What was refused last of the port, be it tried again by now or not. */
export function refusalOf(refusals: Refusals, judged: JudgedPort): Refusal | undefined {
  const refusal = refusals.get(judged.port.row._uuid);
  return refusal !== undefined && concerns(refusal, judged) ? refusal : undefined;
}

/** Those that keep their ports closed at `now`. */
export function standing(refusals: Refusals, now: number): Refusals {
  return now < earliest(refusals) ? refusals : Dict.of([...refusals].filter(([, { at }]) => now < at + REFUSED_MS));
}

/** When the first of them ends. */
function earliest(refusals: Refusals): number {
  return Math.min(...Array.from(refusals.values(), ({ at }) => at + REFUSED_MS));
}

/** Ports among those of `byPort` that are to have no flow of their own at all: their parking keeps them closed. */
export function barePorts(refusals: Refusals, byPort: Dict<string, JudgedPort>): Dict<string, true> {
  const bare = [...refusals].filter(([key, refusal]) => {
    const judged = byPort.get(key);
    return refusal.bare && judged !== undefined && concerns(refusal, judged);
  });
  return Dict.of(bare.map(([key]) => [key, true] as const));
}

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
  if (bare && refusalOf(standing(refusals, now), culprit)?.bare === true) return undefined;
  const refusal = { ofport: culprit.port.ofports[0] ?? ofport, message, at: now, bare };
  return refusals.with(culprit.port.row._uuid, refusal);
}

/** Forgets ports that are gone. */
export function keepOnly(refusals: Refusals, byPort: ReadonlyMap<string, unknown>): Refusals {
  return [...refusals.keys()].reduce((kept, key) => (byPort.has(key) ? kept : kept.without(key)), refusals);
}

/** Forgets those that were to be tried again at `now`: they were, and nothing was refused. */
export function accepted(refusals: Refusals, now: number): Refusals {
  return standing(refusals, now);
}

/** A refusal in words. */
export function refusalText({ bare, message }: Refusal): string {
  return `${bare ? 'by its VLAN setting alone, for not even a flow that drops its frames fits: ' : ''}${message}`;
}
