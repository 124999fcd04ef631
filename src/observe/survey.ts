import { isDeepStrictEqual } from 'node:util';
import { Derivation } from '../base/derivation.ts';
import { Dict } from '../base/dict.ts';
import type { Uuid } from '../ovsdb/value.ts';
import type { BridgeRow, InterfaceRow, PortRow } from '../vswitch/rows.generated.ts';
import { joinPorts, membersOf, type JoinedPort } from './joined-ports.ts';
import { surveyPort, type GuestSources, type SurveyedPort } from './surveyed-port.ts';

/** The tables of the Open_vSwitch database that say what is plugged where. */
export interface SwitchTables {
  readonly bridges: ReadonlyMap<Uuid, BridgeRow>;
  readonly ports: ReadonlyMap<Uuid, PortRow>;
  readonly interfaces: ReadonlyMap<Uuid, InterfaceRow>;
}

/** The ports of each bridge, by the UUID of their Port row. */
export type Survey = ReadonlyMap<string, Dict<string, SurveyedPort>>;

/** Reads the ports of every bridge that `inScope` admits, once, and asks `sources` about each guest's. */
export function survey(tables: SwitchTables, inScope: (bridge: string) => boolean, sources: GuestSources): Survey {
  return new Surveyor().survey(tables, sources, inScope);
}

/** What was seen of one bridge. */
interface Seen {
  readonly members: Dict<string, true>;
  readonly joined: Dict<string, JoinedPort>;
  readonly sources: GuestSources;
  readonly ports: Dict<string, SurveyedPort>;
  /** Those whose portgroup is not known. */
  readonly unknown: Dict<string, true>;
}

/**
 * Surveys a host again and again, at the cost of what has changed. A port of which nothing has changed comes back as the same object,
 * which whatever is worked out of it may rely on; what has changed is told by the rows being other objects, and by `sources` being
 * another object. It knows what a port was like at the last look (see `originalSetting`).
 */
export class Surveyor {
  #last: Derivation | undefined;
  #seen: ReadonlyMap<string, Seen> = new Map();

  survey(tables: SwitchTables, sources: GuestSources, inScope: (bridge: string) => boolean = () => true): Survey {
    const now = new Derivation(this.#last);
    const joined = joinPorts(now, Dict.of(tables.ports), Dict.of(tables.interfaces));
    const seen = new Map<string, Seen>();
    for (const bridge of tables.bridges.values()) {
      if (!inScope(bridge.name)) continue;
      seen.set(bridge.name, this.#look(bridge.name, membersOf(now, bridge), joined, sources));
    }
    this.#last = now;
    this.#seen = seen;
    return new Map(Array.from(seen, ([bridge, { ports }]) => [bridge, ports]));
  }

  #look(bridge: string, members: Dict<string, true>, joined: Dict<string, JoinedPort>, sources: GuestSources): Seen {
    const last = this.#seen.get(bridge);
    const touched = new Set<string>();
    if (last?.sources === sources) {
      for (const { key } of Dict.differences(last.members, members)) touched.add(key);
      for (const { key } of Dict.differences(last.joined, joined)) if (members.has(key)) touched.add(key);
      // A question that has no answer yet is put again: putting it may be what brings the answer about.
      for (const key of last.unknown.keys()) touched.add(key);
    } else {
      for (const key of last?.members.keys() ?? []) touched.add(key);
      for (const key of members.keys()) touched.add(key);
    }
    let ports = last?.ports ?? Dict.empty<string, SurveyedPort>();
    let unknown = last?.unknown ?? Dict.empty<string, true>();
    for (const key of touched) {
      const rows = members.has(key) ? joined.get(key) : undefined;
      const port = rows === undefined ? undefined : this.#port(bridge, key, rows, sources);
      ports = ports.put(key, port);
      unknown = unknown.put(key, port?.portgroup.kind === 'unknown' ? true : undefined);
    }
    return { members, joined, sources, ports, unknown };
  }

  #port(bridge: string, key: string, { row, interfaces }: JoinedPort, sources: GuestSources): SurveyedPort {
    const before = this.#known(bridge, key);
    const port = surveyPort(bridge, row, interfaces, sources, before);
    const isSame = before !== undefined && standsFor(before, bridge, row, interfaces);
    return isSame && isDeepStrictEqual(answersIn(port), answersIn(before)) ? before : port;
  }

  /** The port as it was seen last, on whichever bridge. */
  #known(bridge: string, key: string): SurveyedPort | undefined {
    const here = this.#seen.get(bridge)?.ports.get(key);
    if (here !== undefined) return here;
    for (const { ports } of this.#seen.values()) {
      const there = ports.get(key);
      if (there !== undefined) return there;
    }
    return undefined;
  }
}

function standsFor(port: SurveyedPort, bridge: string, row: PortRow, interfaces: readonly InterfaceRow[]): boolean {
  return (
    port.row === row &&
    port.bridge === bridge &&
    port.interfaces.length === interfaces.length &&
    port.interfaces.every((one, index) => one === interfaces[index])
  );
}

/** What of a port comes from the sources. */
function answersIn({ portgroup, facts, factsProblem, moving, device, guestName }: SurveyedPort): object {
  return { portgroup, facts, factsProblem, moving, device, guestName };
}
