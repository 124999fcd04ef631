import { ROUTER_MAC } from '../support/duo.ts';

/** How Private VLAN 2102 travels between switches: in one VLAN, or in a secondary VLAN for each kind of guest. */
export type Mode = 'single' | 'secondary';

export const MODES: readonly Mode[] = ['single', 'secondary'];

export const PRIMARY = 2102;
export const SECONDARIES = { isolated: 2103, red: 2104, blue: 2105 } as const;

/** The Private VLAN as in the agent's configuration file. */
export function pvlanOf(mode: Mode): object {
  const { isolated, ...communities } = SECONDARIES;
  const secondary = mode === 'secondary' ? { isolated, communities } : {};
  return { primary: PRIMARY, promiscuousMacs: [ROUTER_MAC], ...secondary };
}

/**
 * Flows of a physical switch that knows Private VLANs: what arrives in a secondary VLAN reaches the promiscuous port, too.
 * `router` is the number of that port.
 */
export function switchFlows(mode: Mode, router: number): readonly string[] {
  if (mode === 'single') return [];
  return Object.values(SECONDARIES).flatMap((vlan) => [
    `priority=10,dl_vlan=${vlan},actions=NORMAL,strip_vlan,output:${router}`,
    `priority=20,dl_vlan=${vlan},dl_dst=${ROUTER_MAC},actions=strip_vlan,output:${router}`,
  ]);
}
