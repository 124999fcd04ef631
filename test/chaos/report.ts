import type { Life } from './memory.ts';
import type { Traffic } from './traffic.ts';

/** What a run measured. Times to converge are in milliseconds from when the fault was over. */
export interface ChaosReport {
  readonly faults: number;
  readonly byFault: ReadonlyMap<string, readonly number[]>;
  readonly attacks: number;
  /** How often each kind of attack was made. */
  readonly byAttack: ReadonlyMap<string, number>;
  readonly permitted: number;
  readonly arrived: number;
  /** Frames that passed between the birth of a port that was not born parked and the agent's first act. */
  readonly unprotected: number;
  /** Frames to a port that another writer had opened, before the agent had closed it again. */
  readonly unparked: number;
  /** How long such a port stood open each time, in milliseconds. */
  readonly unparkedMs: readonly number[];
  /** Frames tagged with the parking VLAN that passed between parked ports while flows were gone. */
  readonly parkingVlan: number;
  /** Frames of strangers to whoever is not parked on their host, while its flows were gone. */
  readonly unruled: number;
  /** How often frames that the flow tables let through arrived only once the switches' caches were emptied. */
  readonly staleCaches: number;
  /** From when one flow was deleted to when the switch reported it added again, in milliseconds. */
  readonly flowBackMs: readonly number[];
  /** Resident memory of every process that was an agent. */
  readonly lives: readonly Life[];
}

const COUNTS = ['attacks', 'permitted', 'arrived', 'unprotected', 'unparked', 'parkingVlan', 'unruled'] as const;

/** A report that grows while the run goes on. */
export class Report implements ChaosReport {
  faults = 0;
  attacks = 0;
  permitted = 0;
  arrived = 0;
  unprotected = 0;
  unparked = 0;
  parkingVlan = 0;
  unruled = 0;
  staleCaches = 0;
  readonly byFault = new Map<string, number[]>();
  readonly byAttack = new Map<string, number>();
  readonly unparkedMs: number[] = [];
  readonly flowBackMs: number[] = [];
  readonly lives: Life[] = [];

  /** A fault is over, and permitted traffic came back after `took` milliseconds. */
  survived(fault: string, took: number): void {
    this.faults += 1;
    this.byFault.set(fault, [...(this.byFault.get(fault) ?? []), took]);
  }

  /** Adds what one lab's traffic counted. */
  count({ counts, attacks }: Traffic): void {
    for (const key of COUNTS) this[key] += counts[key];
    for (const [kind, times] of attacks) this.byAttack.set(kind, (this.byAttack.get(kind) ?? 0) + times);
  }
}
