import type { FrameSet } from './frame-set.ts';
import type { HeaderSpace } from './header-space.ts';
import type { Party } from './party.ts';
import type { Rule } from './tables.ts';

/** One way in which the switch may break a claim, or a reason why that cannot be told. */
export interface Finding {
  /**
   * `leak`: frames of `from` may reach `to`, and the roles forbid it. `forgery`: a guest's frames leave under an address that is not
   * its own, or say what no guest may say. `unproved`: what becomes of the frames is not known.
   */
  readonly kind: 'leak' | 'forgery' | 'unproved';
  readonly from: Party;
  readonly ofport: number;
  /** Undefined for `unproved`. */
  readonly to: Party | undefined;
  /** Which frames, as they came in. */
  readonly frames: FrameSet;
  /** The flows they meet, in order. */
  readonly trail: readonly Rule[];
  /** Why, in words, where the kind does not say it all. */
  readonly reason: string | undefined;
}

export interface Proof {
  readonly verdict: 'PROVED' | 'LEAK' | 'UNPROVED';
  /** Ordered pairs of ports that the roles keep apart, wholly or but for frames that they name. */
  readonly apart: number;
  /** Ordered pairs that the roles join. */
  readonly joined: number;
  /** Those of the joined pairs that no frame at all gets through. */
  readonly lost: readonly { readonly from: Party; readonly to: Party }[];
  /** The first of each kind for each pair. */
  readonly findings: readonly Finding[];
  /** Whether every finding was kept: only then a pair without one is proved. */
  readonly complete: boolean;
  readonly space: HeaderSpace;
}
