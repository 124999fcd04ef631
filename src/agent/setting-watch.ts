import { portSetting } from '../pvlan/port-setting.ts';
import type { JudgedPort } from './goal.ts';
import { memo } from './memo.ts';
import { hasSetting } from './row-difference.ts';
import { encodeSetting } from './saved-setting.ts';

/** Notices VLAN settings that were in place and have to be written again, though the verdict asks for the same. */
export class SettingWatch {
  /** The settings that were in place last time, by row. */
  #inPlace: ReadonlyMap<string, string> = new Map();

  /** What somebody changed since the last call, in words. */
  undone(ports: readonly JudgedPort[]): readonly string[] {
    const inPlace = new Map<string, string>();
    const undone: string[] = [];
    for (const judged of ports) {
      const wanted = settingWanted(judged);
      if (wanted === undefined) continue;
      const { name, row } = judged.port;
      if (wanted.inPlace) inPlace.set(row._uuid, wanted.text);
      else if (this.#inPlace.get(row._uuid) === wanted.text)
        undone.push(`the VLAN setting of port ${name}: ${wanted.text}`);
    }
    this.#inPlace = inPlace;
    return undone;
  }
}

/** The VLAN setting that a port has to have, if any, and whether it has it. */
const settingWanted = memo(({ port, verdict }: JudgedPort) => {
  const wanted = portSetting(verdict);
  return wanted === undefined ? undefined : { text: encodeSetting(wanted), inPlace: hasSetting(port, verdict) };
});
