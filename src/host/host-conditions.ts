import { condition, type Condition } from '../alarm/alarm.ts';
import type { Uuid } from '../ovsdb/value.ts';
import type { VswitchDatabase } from '../vswitch/database.ts';
import type { BridgeRow, OpenVSwitchRow, PortRow } from '../vswitch/rows.generated.ts';
import { missingBridges } from './missing-bridges.ts';

/** What the alarms of a whole host depend on. */
interface HostTables {
  readonly root: OpenVSwitchRow | undefined;
  readonly bridges: ReadonlyMap<Uuid, BridgeRow>;
  readonly ports: ReadonlyMap<Uuid, PortRow>;
  readonly state: VswitchDatabase['state'];
}

/** What of the whole host makes isolation weaker than it looks; `named` are the bridges of the configuration. */
export function hostConditions(
  { root, bridges, ports, state }: HostTables,
  named: readonly string[] | undefined,
): readonly Condition[] {
  // Before the first look at the database nothing is known to be missing.
  if (root === undefined) return [];
  return [
    ...silence(state),
    ...vlanLimit(root),
    ...missingBridges(named, { bridges, ports }).map(({ bridge, message, remedy }) =>
      condition('missing-bridge', { bridge }, message, remedy),
    ),
  ];
}

/** A server that is stopped keeps its connection: nothing else tells of it. */
function silence(state: VswitchDatabase['state']): readonly Condition[] {
  if (!('answering' in state) || state.answering) return [];
  return [condition('database-silent', {}, `ovsdb-server at ${state.remote} does not answer: no new guest is seen`)];
}

function vlanLimit(root: OpenVSwitchRow): readonly Condition[] {
  // With more than one tag parsed, no flow can tell that a second one follows (vlan-limit in ovs-vswitchd.conf.db(5)).
  const limit = root.other_config.get('vlan-limit') ?? '1';
  if (limit === '1') return [];
  const message = `Open_vSwitch other_config:vlan-limit is ${limit}: guests outside a Private VLAN can hide its tag behind another`;
  return [condition('vlan-limit', {}, message)];
}
