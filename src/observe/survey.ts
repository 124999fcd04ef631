import { isDeepStrictEqual } from 'node:util';
import type { Uuid } from '../ovsdb/value.ts';
import type { BridgeRow, InterfaceRow, PortRow } from '../vswitch/rows.generated.ts';
import { surveyPort, type GuestSources, type SurveyedPort } from './surveyed-port.ts';

/** The tables of the Open_vSwitch database that say what is plugged where. */
export interface SwitchTables {
  readonly bridges: ReadonlyMap<Uuid, BridgeRow>;
  readonly ports: ReadonlyMap<Uuid, PortRow>;
  readonly interfaces: ReadonlyMap<Uuid, InterfaceRow>;
}

/** The ports of each bridge. */
export type Survey = ReadonlyMap<string, readonly SurveyedPort[]>;

/** Reads the ports of every bridge that `inScope` admits, once, and asks `sources` about each guest's. */
export function survey(tables: SwitchTables, inScope: (bridge: string) => boolean, sources: GuestSources): Survey {
  return new Surveyor().survey(tables, sources, inScope);
}

interface Remembered {
  readonly sources: GuestSources;
  readonly port: SurveyedPort;
}

/**
 * Surveys a host again and again. A port of which nothing has changed comes back as the same object, which whatever is worked
 * out of it may rely on; what has changed is told by the rows being other objects, and by `sources` being another object. It
 * knows what a port was like at the last look (see `originalSetting`).
 */
export class Surveyor {
  #known = new Map<Uuid, Remembered>();

  survey(tables: SwitchTables, sources: GuestSources, inScope: (bridge: string) => boolean = () => true): Survey {
    const found = new Map<string, readonly SurveyedPort[]>();
    const known = new Map<Uuid, Remembered>();
    for (const bridge of tables.bridges.values()) {
      if (!inScope(bridge.name)) continue;
      const ports: SurveyedPort[] = [];
      for (const uuid of bridge.ports) {
        const row = tables.ports.get(uuid);
        if (row === undefined) continue;
        const interfaces = row.interfaces.flatMap((id) => tables.interfaces.get(id) ?? []);
        const port = this.#port(bridge.name, row, interfaces, sources);
        known.set(uuid, { sources, port });
        ports.push(port);
      }
      found.set(bridge.name, ports);
    }
    this.#known = known;
    return found;
  }

  #port(bridge: string, row: PortRow, interfaces: readonly InterfaceRow[], sources: GuestSources): SurveyedPort {
    const before = this.#known.get(row._uuid);
    if (before === undefined || !standsFor(before.port, bridge, row, interfaces)) {
      return surveyPort(bridge, row, interfaces, sources, before?.port);
    }
    // A question that has no answer yet is put again: putting it may be what brings the answer about.
    const answered = before.port.portgroup.kind !== 'unknown';
    if (before.sources === sources && answered) return before.port;
    const port = surveyPort(bridge, row, interfaces, sources, before.port);
    return isDeepStrictEqual(answersIn(port), answersIn(before.port)) ? before.port : port;
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
function answersIn({ portgroup, facts, factsProblem, moving, device }: SurveyedPort): object {
  return { portgroup, facts, factsProblem, moving, device };
}
