import type { Derivation } from '../base/derivation.ts';
import { Dict } from '../base/dict.ts';
import type { BridgeRow, InterfaceRow, PortRow } from '../vswitch/rows.generated.ts';

/** A Port row with the rows of its interfaces. */
export interface JoinedPort {
  readonly row: PortRow;
  readonly interfaces: readonly InterfaceRow[];
}

interface Joined {
  readonly ports: Dict<string, PortRow>;
  readonly interfaces: Dict<string, InterfaceRow>;
  readonly joined: Dict<string, JoinedPort>;
}

const NOTHING: Joined = { ports: Dict.empty(), interfaces: Dict.empty(), joined: Dict.empty() };

/** Every port with its interfaces. One that has the same rows is the same object. */
export function joinPorts(
  now: Derivation,
  ports: Dict<string, PortRow>,
  interfaces: Dict<string, InterfaceRow>,
): Dict<string, JoinedPort> {
  const owners = now.group('owners of interfaces', ports, (row) => row.interfaces);
  return now.fold<Joined>('joined ports', (last = NOTHING) => {
    const touched = new Set<string>();
    for (const { key } of Dict.differences(last.ports, ports)) touched.add(key);
    for (const { key } of Dict.differences(last.interfaces, interfaces)) {
      for (const owner of owners.get(key)?.keys() ?? []) touched.add(owner);
    }
    let { joined } = last;
    for (const key of touched) {
      const row = ports.get(key);
      joined = joined.put(key, row === undefined ? undefined : join(joined.get(key), row, interfaces));
    }
    return { ports, interfaces, joined };
  }).joined;
}

function join(before: JoinedPort | undefined, row: PortRow, interfaces: Dict<string, InterfaceRow>): JoinedPort {
  const own = row.interfaces.flatMap((uuid) => interfaces.get(uuid) ?? []);
  const isSame =
    before?.row === row &&
    before.interfaces.length === own.length &&
    before.interfaces.every((one, index) => one === own[index]);
  return isSame ? before : { row, interfaces: own };
}

/** The UUIDs of a bridge's ports. */
export function membersOf(now: Derivation, { name, ports }: BridgeRow): Dict<string, true> {
  interface Known {
    readonly list: readonly string[];
    readonly members: Dict<string, true>;
  }
  return now.fold<Known>(`ports of ${name}`, (last) => {
    if (last === undefined) return { list: ports, members: Dict.of(ports.map((uuid) => [uuid, true] as const)) };
    const { list, members } = last;
    if (list === ports) return last;
    // What one transaction changes of a long list stands close together, for Open vSwitch keeps it sorted.
    let start = 0;
    while (start < list.length && list[start] === ports[start]) start += 1;
    let end = 0;
    while (end < list.length - start && end < ports.length - start && list.at(-1 - end) === ports.at(-1 - end))
      end += 1;
    const without = list.slice(start, list.length - end).reduce((rest, uuid) => rest.without(uuid), members);
    const after = ports.slice(start, ports.length - end).reduce((rest, uuid) => rest.with(uuid, true), without);
    return { list: ports, members: after };
  }).members;
}
