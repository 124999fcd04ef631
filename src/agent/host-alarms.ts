import type { OpenVSwitchRow } from '../vswitch/rows.generated.ts';

/** Settings of the whole host under which isolation is weaker than it looks, a line each. */
export function hostAlarms(root: OpenVSwitchRow | undefined): readonly string[] {
  // With more than one tag parsed, no flow can tell that a second one follows (vlan-limit in ovs-vswitchd.conf.db(5)).
  const limit = root?.other_config.get('vlan-limit') ?? '1';
  if (limit === '1') return [];
  return [
    `Open_vSwitch other_config:vlan-limit is ${limit}: guests outside a Private VLAN can hide its tag behind another; ` +
      "run 'ovs-vsctl remove Open_vSwitch . other_config vlan-limit' and restart ovs-vswitchd",
  ];
}
