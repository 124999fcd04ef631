import { setTimeout as delay } from 'node:timers/promises';
import type { AgentEvent } from '../../control/event.ts';
import { fetchEvents } from '../control-client.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import { printableLine } from '../printable.ts';

/** How often the agent is asked for more, in milliseconds. */
const ASK_MS = 500;

export interface EventsCall {
  /** How far back, such as `90s`, `15m`, `2h` or `1d`; undefined for all that the agent keeps. */
  readonly since: string | undefined;
  readonly follow: boolean;
  /** One JSON object a line. */
  readonly json: boolean;
}

/**
 * Prints what the agent has done and seen, the oldest first; with `follow` until interrupted, over restarts of the agent. Returns
 * the exit code. @throws CommandError when no agent answers
 */
export async function events(control: string, call: EventsCall, print: (text: string) => void): Promise<number> {
  const from = call.since === undefined ? 0 : Date.now() - milliseconds(call.since);
  let place: { readonly startedAt: string; readonly next: number } | undefined;
  for (;;) {
    const answer = await fetchEvents(control, place?.next ?? 0).catch((error: unknown) => {
      if (place === undefined || !(error instanceof CommandError)) throw error;
      return undefined;
    });
    const isOther = answer !== undefined && place !== undefined && answer.startedAt !== place.startedAt;
    if (answer !== undefined && !isOther) {
      for (const event of answer.events.filter(({ time }) => Date.parse(time) >= from)) {
        print(call.json ? JSON.stringify(event) : eventText(event));
      }
    }
    if (answer !== undefined) place = { startedAt: answer.startedAt, next: isOther ? 0 : answer.next };
    if (answer !== undefined && (isOther || answer.events.length > 0)) continue;
    if (!call.follow) return ExitCode.OK;
    await delay(ASK_MS);
  }
}

/** An event in one line, at the time of this machine. */
export function eventText({ time, level, message, guest }: AgentEvent): string {
  const at = new Date(time);
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  const mark = { info: ' ', warning: '!', error: 'E' }[level];
  return printableLine(`${clock} ${mark} ${guest === undefined ? '' : `${guest}: `}${message}`);
}

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function milliseconds(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (number === '') {
    throw new CommandError(ExitCode.USAGE, `--since ${text} is no time: give a number and s, m, h or d, such as 15m`);
  }
  return Number(number) * UNITS[unit as keyof typeof UNITS];
}
