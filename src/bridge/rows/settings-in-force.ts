import { Dict } from '../../base/dict.ts';
import { portSetting } from '../../pvlan/port-setting.ts';
import { isParked, sameVlanSetting, type VlanSetting } from '../../pvlan/vlan-setting.ts';
import type { JudgedPort } from '../../desire/desired-bridge.ts';
import { hasSetting } from './row-difference.ts';
import type { Survey } from '../../observe/survey.ts';
import type { SurveyedPort } from '../../observe/surveyed-port.ts';
import { currentSetting } from '../../observe/original-setting.ts';

/** A port whose row is right, and how often its setting had changed by then. */
export interface Awaited {
  readonly port: SurveyedPort;
  readonly changes: number;
}

/** What is known of one port's setting. */
export interface Seen {
  readonly port: SurveyedPort;
  readonly bridge: string;
  readonly setting: VlanSetting;
  /** How often the setting changed since the port was first seen. */
  readonly changes: number;
  readonly inForce: VlanSetting | undefined;
  /** The setting before the port had a number, which ovs-vswitchd gives while it puts the setting in force. */
  readonly born: VlanSetting | undefined;
}

/** What is known of each port's setting, by the UUID of its Port row. */
export type SettingsSeen = Dict<string, Seen>;

/** Whether the setting that the port's verdict needs is in force. */
export function isInForce(seen: Seen | undefined, { port, verdict }: JudgedPort): boolean {
  const inForce = seen?.inForce;
  switch (verdict.kind) {
    case 'guest':
      return inForce !== undefined && isParked(inForce) && isParked(currentSetting(port.row));
    case 'promiscuous': {
      const wanted = portSetting(verdict);
      if (!hasSetting(port, verdict)) return false;
      return wanted === undefined || (inForce !== undefined && sameVlanSetting(inForce, wanted));
    }
    default:
      return true;
  }
}

/**
 * Knows which VLAN settings ovs-vswitchd has put in force, as opposed to merely written in OVSDB. Flows of an endpoint open
 * only once its setting is in force: before that, NORMAL would still deliver to it.
 */
export class SettingsInForce {
  #seen = Dict.empty<string, Seen>();
  #last: Survey = new Map();

  /** What is known now. */
  get seen(): SettingsSeen {
    return this.#seen;
  }

  /** Takes note of what the rows say now; forgets ports that are gone. */
  observe(found: Survey): void {
    const touched = new Set<string>();
    for (const bridge of new Set([...this.#last.keys(), ...found.keys()])) {
      const none = Dict.empty<string, SurveyedPort>();
      const differences = Dict.differences(this.#last.get(bridge) ?? none, found.get(bridge) ?? none);
      for (const { key } of differences) touched.add(key);
    }
    this.#last = found;
    for (const key of touched) {
      const port = portIn(found, key);
      this.#seen = this.#seen.put(key, port === undefined ? undefined : look(port, this.#seen.get(key)));
    }
  }

  /** Forgets everything: while the agent does not look, others may change settings and change them back. */
  forget(): void {
    this.#seen = Dict.empty();
    this.#last = new Map();
  }

  /** Records that ovs-vswitchd has applied the rows of `awaited` as they stood then; one that changed meanwhile is asked anew. */
  confirm(awaited: readonly Awaited[]): void {
    for (const { port, changes } of awaited) {
      const seen = this.#seen.get(port.row._uuid);
      if (seen?.changes !== changes) continue;
      this.#seen = this.#seen.with(port.row._uuid, { ...seen, inForce: currentSetting(port.row) });
    }
  }
}

/** The port if its rows are right and it only awaits ovs-vswitchd's confirmation. */
export function awaited({ port, verdict }: JudgedPort, seen: Seen | undefined): Awaited | undefined {
  if (isInForce(seen, { port, verdict })) return undefined;
  // Its number will say so, with no question that ovs-vswitchd would have to work for.
  if (seen?.born !== undefined) return undefined;
  const isRight = verdict.kind === 'guest' ? isParked(currentSetting(port.row)) : hasSetting(port, verdict);
  return isRight ? { port, changes: seen?.changes ?? 0 } : undefined;
}

function portIn(found: Survey, key: string): SurveyedPort | undefined {
  for (const ports of found.values()) {
    const port = ports.get(key);
    if (port !== undefined) return port;
  }
  return undefined;
}

function look(port: SurveyedPort, before: Seen | undefined): Seen {
  // The same object says the same as last time.
  if (before?.port === port) return before;
  const setting = currentSetting(port.row);
  const numbered = port.ofports.length > 0;
  if (before === undefined) {
    // The mark was set only after the setting was in force: an agent that restarts disturbs nothing.
    return {
      port,
      bridge: port.bridge,
      setting,
      changes: 0,
      inForce: port.installed ? setting : undefined,
      born: numbered ? undefined : setting,
    };
  }
  // On another bridge nothing is known of the port but what its row says, and its number may still be the old bridge's.
  if (before.bridge !== port.bridge) {
    return { port, bridge: port.bridge, setting, changes: before.changes + 1, inForce: undefined, born: undefined };
  }
  const same = sameVlanSetting(before.setting, setting);
  // Whatever replaces a setting may be in force from now on, and has to be confirmed anew; parking stays parking.
  const holds = same || (isParked(before.setting) && isParked(setting));
  const bornSo = numbered && holds && before.born !== undefined;
  return {
    port,
    bridge: port.bridge,
    setting,
    changes: before.changes + (same ? 0 : 1),
    inForce: bornSo ? setting : holds ? before.inForce : undefined,
    born: !numbered && holds ? before.born : undefined,
  };
}
