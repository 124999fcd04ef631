/** Names the shape of the answer; `schemas/events.schema.json` describes it. */
export const EVENTS_FORMAT = 'pvlan-agent/events/1';

/** What an event is about. The names are for programs: each keeps its meaning. */
export const EVENT_KINDS = {
  agent: 'the agent starts, takes or loses the lock, reads its configuration again, or ends',
  port: 'a port has another state, or is held for another reason',
  alarm: 'an alarm begins',
  'alarm-over': 'an alarm ends',
  advice: 'an advice begins',
  'advice-over': 'an advice ends',
  database: 'OVSDB is out of reach, or in reach again',
  libvirt: "something of libvirt's cannot be read",
  control: 'the control socket cannot be opened, or is open again',
  offload: "a port's checksum offload was turned off, or could not be",
  fault: 'something went wrong, and is tried again',
} as const;

export type EventKind = keyof typeof EVENT_KINDS;

/** Something that happened: one line of the log, as a value. */
export interface AgentEvent {
  /** Grows by one with each event of one agent. */
  readonly seq: number;
  /** ISO 8601. */
  readonly time: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly event: EventKind;
  readonly bridge?: string;
  readonly port?: string;
  readonly guest?: string;
  readonly pvlan?: number;
  /** The port's state, and the code of what holds it. */
  readonly state?: string;
  readonly hold?: string;
  /** The alarm's code. */
  readonly alarm?: string;
  readonly message: string;
}

/** What `/v1/events` answers. */
export interface EventsAnswer {
  readonly format: typeof EVENTS_FORMAT;
  /** Tells this agent's events from those of the one before it. */
  readonly startedAt: string;
  /** The oldest first. */
  readonly events: readonly AgentEvent[];
  /** To be asked for next: what comes after these. */
  readonly next: number;
}
