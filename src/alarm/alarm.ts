import { ALARM_KINDS, type AlarmCode, type AlarmKind } from './alarm-codes.ts';

/** Something that needs the operator, as it is found whenever it is looked for. */
export interface Condition {
  readonly code: AlarmCode;
  /** The bridge it is about; undefined for the whole host. */
  readonly bridge?: string;
  readonly port?: string;
  /** The primary VLAN it is about, where it is about a whole Private VLAN. */
  readonly pvlan?: number;
  /** Tells apart what is alike in all of the above, such as several foreign flows. */
  readonly about?: string;
  /** What is the case, as a sentence that names the port. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** A condition that stands, and since when (ISO 8601). */
export interface Alarm extends Condition {
  readonly since: string;
}

/** What tells a condition from every other. */
type Subject = Omit<Condition, 'code' | 'message' | 'remedy'>;

/** A condition; without `remedy` the one of its code. */
export function condition(
  code: AlarmCode,
  subject: Subject,
  message: string,
  remedy: string = ALARM_KINDS[code].remedy,
): Condition {
  return { code, ...subject, message, remedy };
}

/** The same text for the same condition, however its message changes. */
export function identityOf({ code, bridge, port, pvlan, about }: Condition): string {
  return JSON.stringify([code, bridge, port, pvlan, about]);
}

/** A condition in one line for people. */
export function alarmText({ bridge, message, remedy }: Condition): string {
  return `${bridge === undefined ? '' : `bridge ${bridge}: `}${message}; ${remedy}`;
}

/** Whether the condition is told alone, and no reason for `status` to fail. */
export function isAdvice({ code }: Condition): boolean {
  const kind: AlarmKind = ALARM_KINDS[code];
  return kind.advice === true;
}
