import type { Guest } from '../lab/guest.ts';
import type { Scene } from './scene.ts';
import type { Witness } from './witness.ts';

/** What an event did; members are absent where they do not apply. */
export interface Outcome {
  /** Frames of the guest's that its isolated neighbour got. */
  readonly leaked?: number;
  /** Frames between the guest and its router that were lost. */
  readonly lost?: number;
  /** Nothing flowed any more between the guest and its router after the event. */
  readonly cutOff?: boolean;
  /** Milliseconds from the port's row in OVSDB to its first flow; undefined when there never was one. */
  readonly closed?: number | undefined;
  /** And to the flow that lets the guest's frames through. */
  readonly open?: number | undefined;
  /** Milliseconds from when libvirt wrote the changed XML to the first flow that follows it; undefined when none did. */
  readonly followed?: number | undefined;
  /** Flows that still name the NIC when it is gone. */
  readonly left?: number;
}

export interface Stage {
  readonly scene: Scene;
  readonly witness: Witness;
  readonly guest: Guest;
}

/** What a hook achieves at a start that looks for `<interface type='network'>` alone. */
export interface UnkindHook {
  readonly libvirt: string;
  readonly flows: number;
  readonly leaked: number;
}
