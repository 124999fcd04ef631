import { portSetting } from '../pvlan/port-setting.ts';
import type { JudgedPort } from './goal.ts';
import { marksOf } from './marks.ts';
import { memo } from './memo.ts';
import { bearsMarks, hasSetting } from './row-difference.ts';
import { encodeSetting } from './saved-setting.ts';
import { Standing } from './standing.ts';

/** Notices VLAN settings and marks that others have changed since they were as the agent wanted them. */
export class Drift {
  readonly #settings = new Standing();
  readonly #marks = new Standing();

  /** What somebody has undone since the last call, in words. `ports` are all there are; `isOpen` tells which are to bear marks. */
  undone(ports: readonly JudgedPort[], isOpen: (judged: JudgedPort) => boolean): readonly string[] {
    const settings = ports.flatMap((judged) => settingStand(judged) ?? []);
    const marks = ports.filter(isOpen).flatMap((judged) => markStand(judged) ?? []);
    return [...this.#settings.undone(new Map(settings)), ...this.#marks.undone(new Map(marks))];
  }
}

/** How the marks of a port are called where somebody fights over them. */
export function marksInWords({ port }: JudgedPort): string {
  return `the marks of port ${port.name}`;
}

const settingStand = memo(({ port, verdict }: JudgedPort) => {
  const wanted = portSetting(verdict);
  if (wanted === undefined) return undefined;
  const text = encodeSetting(wanted);
  const stand = { text: `${port.row._uuid} ${text}`, inPlace: hasSetting(port, verdict) };
  return [[`the VLAN setting of port ${port.name}: ${text}`, stand] as const];
});

const markStand = memo((judged: JudgedPort) => {
  const { port, verdict } = judged;
  const marks = marksOf(verdict);
  if (marks.size === 0) return undefined;
  const stand = { text: `${port.row._uuid} ${[...marks].join()}`, inPlace: bearsMarks(port, verdict) };
  return [[marksInWords(judged), stand] as const];
});
