import type { AgentLog } from '../base/agent-log.ts';
import { EVENT_KINDS, EVENTS_FORMAT, type AgentEvent, type EventKind, type EventsAnswer } from './event.ts';

/** Events that are kept. */
const KEPT = 2000;
/** Events of one answer at most. */
const ANSWERED = 500;
/** Lines of one kind about one port that are logged in one period, and how long a period is, in milliseconds. */
const LINES = 20;
const PERIOD_MS = 60_000;

type Level = 'info' | 'warn' | 'error';

/** Lines that are alike, in the period under way. */
interface Period {
  lines: number;
  /** The last line that was left out. */
  left:
    { readonly level: Level; readonly details: object; readonly message: string; readonly count: number } | undefined;
}

/**
 * Takes the agent's log lines, keeps them as events and passes them on. Of lines that come again and again about one thing only
 * the first of a minute are passed on; the last of them is, too, when the minute is over: so it says how things are.
 */
export class EventBook implements AgentLog {
  readonly #log: AgentLog;
  readonly #startedAt = new Date().toISOString();
  readonly #periods = new Map<string, Period>();
  readonly #events: AgentEvent[] = [];
  #next = 1;

  constructor(log: AgentLog) {
    this.#log = log;
  }

  info(details: object, message: string): void {
    this.#take('info', details, message);
  }

  warn(details: object, message: string): void {
    this.#take('warn', details, message);
  }

  error(details: object, message: string): void {
    this.#take('error', details, message);
  }

  /** The events after the one of number `after`, of which more may be there than are answered at once. */
  after(after: number): EventsAnswer {
    const first = this.#events.findIndex(({ seq }) => seq > after);
    const events = first < 0 ? [] : this.#events.slice(first, first + ANSWERED);
    const next = events.at(-1)?.seq ?? Math.min(after, this.#next - 1);
    return { format: EVENTS_FORMAT, startedAt: this.#startedAt, events, next };
  }

  #take(level: Level, details: object, message: string): void {
    const event = eventOf(this.#next, level, details, message);
    this.#next += 1;
    this.#events.push(event);
    if (this.#events.length > KEPT) this.#events.splice(0, this.#events.length - KEPT);
    this.#pass(event, level, details, message);
  }

  #pass({ event, bridge, port, alarm }: AgentEvent, level: Level, details: object, message: string): void {
    const about = JSON.stringify([event.replace('-over', ''), bridge, port, alarm, port === undefined ? message : '']);
    const period = this.#periods.get(about) ?? this.#begin(about);
    period.lines += 1;
    if (period.lines <= LINES) this.#log[level](details, message);
    else period.left = { level, details, message, count: (period.left?.count ?? 0) + 1 };
  }

  #begin(about: string): Period {
    const period: Period = { lines: 0, left: undefined };
    this.#periods.set(about, period);
    const timer = setTimeout(() => {
      this.#periods.delete(about);
      if (period.left === undefined) return;
      const { level, details, message, count } = period.left;
      this.#log[level](details, `${message} (the last of ${count} lines like it that were left out)`);
    }, PERIOD_MS);
    timer.unref();
    return period;
  }
}

const LEVELS = { info: 'info', warn: 'warning', error: 'error' } as const;
const WORDS = ['bridge', 'port', 'guest', 'state', 'hold', 'alarm'] as const;

function eventOf(seq: number, level: Level, details: object, message: string): AgentEvent {
  const known = new Map(Object.entries(details) as [string, unknown][]);
  const kind = known.get('event');
  const pvlan = known.get('pvlan');
  const words = WORDS.flatMap((word) => {
    const value = known.get(word);
    return typeof value === 'string' ? [[word, value] as const] : [];
  });
  return {
    seq,
    time: new Date().toISOString(),
    level: LEVELS[level],
    event: isKind(kind) ? kind : 'agent',
    ...Object.fromEntries(words),
    ...(typeof pvlan === 'number' ? { pvlan } : {}),
    message,
  };
}

function isKind(kind: unknown): kind is EventKind {
  return typeof kind === 'string' && Object.hasOwn(EVENT_KINDS, kind);
}
