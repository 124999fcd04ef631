import { naturalOrder } from '../base/natural-order.ts';
import { currentSetting } from '../observe/original-setting.ts';
import { Port } from '../openflow/action.ts';
import { OpenFlowConnection } from '../openflow/connection.ts';
import type { Flow } from '../openflow/flow.ts';
import type { ProvedBridge, ProvedMirror, ProvedPort, ProvedSwitch } from '../prove/switch.ts';
import type { VswitchDatabase } from '../vswitch/database.ts';
import type { BridgeRow, PortRow } from '../vswitch/rows.generated.ts';
import { nameOf, namesOf, readSwitchFacts, type SwitchFacts } from './switch-facts.ts';

/** Number of a bridge's own port in OVSDB, which counts 16 bits. */
const LOCAL_OVSDB = 65534;

/**
 * Reads all that decides what becomes of a frame on this host: everybody's flows, by the remote of each bridge, and the settings.
 * Reads only.
 * @throws OpenFlowError, OvsdbError
 */
export async function readProvedSwitch(
  database: VswitchDatabase,
  remoteOf: (bridge: string) => string,
): Promise<ProvedSwitch> {
  const facts = await readSwitchFacts(database);
  const rows = [...database.bridges.values()].sort((a, b) => naturalOrder(a.name, b.name));
  const flows = await Promise.all(rows.map(({ name }) => readFlows(remoteOf(name))));
  const bridges = rows.map((row, index) => provedBridge(row, flows[index] ?? [], database, facts));
  return { bridges, vlanLimit: Number(database.root?.other_config.get('vlan-limit') ?? 1) };
}

async function readFlows(remote: string): Promise<readonly Flow[]> {
  const connection = await OpenFlowConnection.connect(remote);
  try {
    return await connection.readFlows({ cookie: 0n, cookieMask: 0n });
  } finally {
    connection.close();
  }
}

function provedBridge(
  bridge: BridgeRow,
  flows: readonly Flow[],
  database: VswitchDatabase,
  facts: SwitchFacts,
): ProvedBridge {
  const known = facts.Bridge.get(bridge._uuid);
  const ports = bridge.ports.flatMap((uuid) => database.ports.get(uuid) ?? []);
  return {
    name: bridge.name,
    ports: ports.map((row) => provedPort(row, database, facts)).sort((a, b) => naturalOrder(a.name, b.name)),
    flows,
    mirrors: namesOf(known?.['mirrors']).flatMap((uuid) => provedMirror(uuid, database, facts)),
    multicastSnooping: known?.['mcast_snooping_enable'] === true,
    forwardBpdu: bridge.other_config.get('forward-bpdu') === 'true',
  };
}

function provedPort(row: PortRow, database: VswitchDatabase, facts: SwitchFacts): ProvedPort {
  const interfaces = row.interfaces.flatMap((uuid) => database.interfaces.get(uuid) ?? []);
  const floods = ['mcast-snooping-flood', 'mcast-snooping-flood-reports'];
  const [only] = interfaces;
  return {
    name: row.name,
    ofports: interfaces.flatMap(({ ofport }) =>
      ofport === undefined || ofport < 0 ? [] : [ofport === LOCAL_OVSDB ? Port.LOCAL : ofport],
    ),
    vlan: currentSetting(row),
    cvlans: namesOf(facts.Port.get(row._uuid)?.['cvlans']).map(Number),
    multicastFlood: floods.some((key) => row.other_config.get(key) === 'true'),
    peer: only?.type === 'patch' ? peerOf(only.options.get('peer'), database) : undefined,
  };
}

function peerOf(name: string | undefined, database: VswitchDatabase): ProvedPort['peer'] {
  for (const bridge of database.bridges.values()) {
    const port = bridge.ports.map((uuid) => database.ports.get(uuid)).find((one) => one?.name === name);
    if (port !== undefined) return { bridge: bridge.name, port: port.name };
  }
  return undefined;
}

function provedMirror(uuid: string, database: VswitchDatabase, facts: SwitchFacts): readonly ProvedMirror[] {
  const row = facts.Mirror.get(uuid);
  if (row === undefined) return [];
  const names = (column: string): readonly string[] =>
    namesOf(row[column]).flatMap(
      (port) => [...database.ports.values()].find(({ _uuid }) => _uuid === port)?.name ?? [],
    );
  const outputVlan = row['output_vlan'];
  return [
    {
      name: nameOf(row['name']),
      selectAll: row['select_all'] === true,
      selectSource: names('select_src_port'),
      selectDestination: names('select_dst_port'),
      outputPort: names('output_port')[0],
      outputVlan: typeof outputVlan === 'number' ? outputVlan : undefined,
    },
  ];
}
