import type { Hold, HoldCode } from '../decide/hold.ts';

/**
 * The states of a port's life with the agent. None is stored: each follows from the port's verdict, from the hold that is on it
 * and from what is acknowledged, so a restart finds it again.
 *
 * ```
 *  a port appears
 *       │
 *       ├── half-known, unknown or contradictory ───> quarantined ─┐ the cause is removed
 *       │                                                          │
 *       ├── with a role ─────────────────────────────────────────<─┘
 *       │     seen ──number──> resolved ──setting confirmed──> installing ──barrier──> installed
 *       │      ^                  ^                               ^   ^                    │
 *       │      │                  │                               │   └──another role──────┤
 *       │      └──number lost─────┴──setting changed by others────┼────────────────────────┤
 *       │                                                         │                        │
 *       │                            held <──refused, place taken, contended, no OpenFlow──┤
 *       │                              └──the hold ends───────────┘                        │
 *       │                                                                                  │
 *       └── outside every Private VLAN ──> released <──rows are as they were── leaving <──role lost
 * ```
 */
export type PortState =
  'seen' | 'quarantined' | 'resolved' | 'installing' | 'installed' | 'held' | 'leaving' | 'released';

/** The state of a port on which a hold is. */
const STATE_OF: Readonly<Record<HoldCode, PortState>> = {
  quarantined: 'quarantined',
  unnumbered: 'seen',
  unconfirmed: 'resolved',
  'normal-crash': 'held',
  refused: 'held',
  'place-taken': 'held',
  connecting: 'installing',
  'no-connection': 'held',
  contended: 'held',
};

/** What of a port its state follows from. */
export interface PortFacts {
  /** Nothing of the agent's concerns the port: no role, or a role that needs no change. */
  readonly outside: boolean;
  readonly hold: Hold | undefined;
  /** Its flows are in the bridge, acknowledged by a barrier. */
  readonly acknowledged: boolean;
  /** Settings or marks of the agent are still on it. */
  readonly traces: boolean;
}

/** The state that `facts` come to, and what has to happen for the port to go on, for the operator. */
export function portState(facts: PortFacts): { readonly state: PortState; readonly waitsFor: string } {
  const { outside, hold, acknowledged, traces } = facts;
  if (outside) {
    return traces
      ? { state: 'leaving', waitsFor: 'its flows and settings to be taken back' }
      : { state: 'released', waitsFor: 'nothing: it is left as it was' };
  }
  if (hold !== undefined) return { state: STATE_OF[hold.code], waitsFor: waitFor(hold) };
  return acknowledged
    ? { state: 'installed', waitsFor: 'nothing' }
    : { state: 'installing', waitsFor: 'ovs-vswitchd to acknowledge its flows' };
}

function waitFor(hold: Hold): string {
  switch (hold.code) {
    case 'quarantined':
      return 'the cause to be removed; all its frames are dropped';
    case 'unnumbered':
      return 'ovs-vswitchd to number the port';
    case 'unconfirmed':
      return 'ovs-vswitchd to confirm its VLAN setting; its frames are dropped';
    case 'connecting':
      return 'the OpenFlow connection to its bridge';
    case 'normal-crash':
    case 'refused':
    case 'place-taken':
    case 'no-connection':
    case 'contended':
      return hold.remedy === undefined ? hold.message : `${hold.message}; ${hold.remedy}`;
  }
}
