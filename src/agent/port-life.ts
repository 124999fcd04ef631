/** The states of a port's life with the agent. */
export type PortState = 'seen' | 'quarantined' | 'resolved' | 'installing' | 'installed' | 'leaving' | 'released';

/** What is known of a port, state aside: the state follows from these alone, so a restart finds it again. */
export interface PortFacts {
  /** The Port row exists on a bridge in scope. */
  readonly present: boolean;
  /** Nothing of the agent's concerns the port: no role, or a role that needs no change. */
  readonly outside: boolean;
  readonly quarantined: boolean;
  /** ovs-vswitchd has numbered the port. */
  readonly numbered: boolean;
  /** ovs-vswitchd has confirmed the port's VLAN setting. */
  readonly settled: boolean;
  /** Its flows are in the bridge, acknowledged by a barrier. */
  readonly flowsAcknowledged: boolean;
  /** Flows, parking or marks of the agent are still on it. */
  readonly traces: boolean;
}

interface StateRow {
  readonly state: PortState;
  readonly when: (facts: PortFacts) => boolean;
  /** What has to happen for the port to go on; shown to the operator. */
  readonly waitsFor: string;
}

/** The first row whose condition holds is the port's state. */
const STATES: readonly StateRow[] = [
  {
    state: 'leaving',
    when: (f) => !f.present || (f.outside && f.traces),
    waitsFor: 'its flows and settings to be taken back',
  },
  { state: 'released', when: (f) => f.outside, waitsFor: 'nothing: it is left as it was' },
  { state: 'quarantined', when: (f) => f.quarantined, waitsFor: 'the cause to be removed; all its frames are dropped' },
  { state: 'seen', when: (f) => !f.numbered, waitsFor: 'ovs-vswitchd to number the port' },
  {
    state: 'resolved',
    when: (f) => !f.settled,
    waitsFor: 'ovs-vswitchd to confirm its VLAN setting; its frames are dropped',
  },
  { state: 'installing', when: (f) => !f.flowsAcknowledged, waitsFor: 'ovs-vswitchd to acknowledge its flows' },
  { state: 'installed', when: () => true, waitsFor: 'nothing' },
];

/** The state that `facts` come to, and what it waits for. */
export function portState(facts: PortFacts): { readonly state: PortState; readonly waitsFor: string } {
  const row = STATES.find((candidate) => candidate.when(facts));
  return row === undefined
    ? { state: 'seen', waitsFor: 'the next change' }
    : { state: row.state, waitsFor: row.waitsFor };
}
