import type { Dict } from '../../base/dict.ts';
import type { DesiredBridge, JudgedPort } from '../../desire/desired-bridge.ts';
import type { FlowMod } from '../../openflow/flow.ts';
import type { PortMod } from '../../openflow/port-config.ts';
import type { Operation } from '../../ovsdb/operation.ts';
import type { FlowIndex } from '../flows/flow-index.ts';
import type { Hold } from './hold.ts';
import type { Memory } from './memory.ts';

/** What is decided of one port. */
export interface PortDecision {
  readonly judged: JudgedPort;
  /** Why it is not open, if it is not, or why it does not count as installed. */
  readonly hold: Hold | undefined;
  /** Its flows are in the bridge as its verdict wants them, acknowledged by a barrier. */
  readonly acknowledged: boolean;
}

/** The operations of one transaction on the rows of one port. */
export interface RowTransaction {
  readonly judged: JudgedPort;
  readonly operations: readonly Operation[];
}

/** What is to be done on one bridge now, and how its ports stand. */
export interface Decision {
  readonly desired: DesiredBridge;
  readonly now: number;
  /** The flows as they are to be. */
  readonly wanted: FlowIndex;
  /** The ports that `wanted` keeps closed, by the UUID of their Port row as all ports here. */
  readonly closed: Dict<string, Hold>;
  /** The ports with a role that nothing holds. */
  readonly unheld: Dict<string, JudgedPort>;
  /** The flows have to be read before anything can be done about them. */
  readonly read: boolean;
  /** One bundle, to be sent now. */
  readonly mods: readonly FlowMod[];
  /** Whether anything is known to be missing once `mods` are applied, and whether it is others' doing. */
  readonly left: { readonly nothing: boolean; readonly disturbed: boolean };
  /** The flows are as wanted, as far as they are to be had now. */
  readonly isDone: boolean;
  /** Places that others hold: what becomes of them matters. */
  readonly held: ReadonlySet<string>;
  /** To be sent now, over the connection that configures ports. */
  readonly portMods: readonly PortMod[];
  /** To be sent now, each by itself. */
  readonly transactions: readonly RowTransaction[];
  readonly ports: Dict<string, PortDecision>;
  /** When to decide anew though nothing happens. */
  readonly wakeAt: number | undefined;
  readonly memory: Memory;
}
