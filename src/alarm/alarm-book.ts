import { alarmText, identityOf, isAdvice, type Alarm, type Condition } from './alarm.ts';

/** Where alarms are told. */
export interface AlarmLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** Keeps the alarms that stand, and tells of each twice: when it begins and when it ends. */
export class AlarmBook {
  readonly #log: AlarmLog;
  #standing: ReadonlyMap<string, Alarm> = new Map();

  constructor(log: AlarmLog) {
    this.#log = log;
  }

  /** The alarms as of the last look. */
  get alarms(): readonly Alarm[] {
    return [...this.#standing.values()];
  }

  /** Takes note of all the conditions there are at `now`; what is missing among them has ended. */
  look(conditions: Iterable<Condition>, now: Date): void {
    const before = this.#standing;
    const standing = new Map<string, Alarm>();
    for (const found of conditions) {
      const identity = identityOf(found);
      const known = before.get(identity);
      if (known === undefined && !standing.has(identity)) this.#tell(found);
      standing.set(identity, { ...found, since: known?.since ?? now.toISOString() });
    }
    for (const [identity, alarm] of before) {
      if (!standing.has(identity))
        this.#log.info(detailsOf(alarm, '-over'), `${wordFor(alarm)} over: ${alarmText(alarm)}`);
    }
    this.#standing = standing;
  }

  #tell(found: Condition): void {
    const text = `${wordFor(found)}: ${alarmText(found)}`;
    if (isAdvice(found)) this.#log.info(detailsOf(found), text);
    else this.#log.warn(detailsOf(found), text);
  }
}

function wordFor(found: Condition): 'advice' | 'alarm' {
  return isAdvice(found) ? 'advice' : 'alarm';
}

function detailsOf(found: Condition, suffix: '' | '-over' = ''): object {
  const { code, bridge, port, pvlan } = found;
  return { event: `${wordFor(found)}${suffix}`, alarm: code, bridge, port, pvlan };
}
