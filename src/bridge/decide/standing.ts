import type { JudgedPort } from '../../desire/desired-bridge.ts';
import { marksOf } from '../../observe/marks.ts';
import { memo } from '../../base/memo.ts';
import { encodeSetting } from '../../observe/saved-setting.ts';
import { portSetting } from '../../pvlan/port-setting.ts';
import type { Standing } from './repairs.ts';
import { bearsMarks, hasSetting } from '../rows/row-difference.ts';

/** How the VLAN setting of a port stands, and where the port is to be marked, how its marks do. */
export function standOf(judged: JudgedPort, isMarked: boolean): readonly Standing[] {
  return isMarked ? withMarks(judged) : settingStand(judged);
}

/** How the marks of a port are called where somebody fights over them. */
export const marksInWords = memo(({ port }: JudgedPort): string => `the marks of port ${port.name}`);

const settingStand = memo(({ port, verdict }: JudgedPort): readonly Standing[] => {
  const wanted = portSetting(verdict);
  if (wanted === undefined) return [];
  const text = encodeSetting(wanted);
  const stand = { text: `${port.row._uuid} ${text}`, inPlace: hasSetting(port, verdict) };
  return [[`the VLAN setting of port ${port.name}: ${text}`, stand] as const];
});

const withMarks = memo((judged: JudgedPort): readonly Standing[] => {
  const { port, verdict } = judged;
  const marks = marksOf(verdict);
  if (marks.size === 0) return settingStand(judged);
  const stand = { text: `${port.row._uuid} ${[...marks].join()}`, inPlace: bearsMarks(port, verdict) };
  return [...settingStand(judged), [marksInWords(judged), stand] as const];
});
