import { macAddress } from '../../src/pvlan/mac.ts';
import { vlanId } from '../../src/pvlan/vlan-id.ts';
import { NO_GUARDS, type PrivateVlan } from '../../src/pvlan/policy.ts';
import { SINGLE } from '../../src/pvlan/wire-mode.ts';
import type { Endpoint } from '../lab/endpoint.ts';
import { STANDARD_CLASSES, type FrameClass } from '../lab/frame-classes.ts';
import type { Lab } from '../lab/lab.ts';
import { runMatrix } from '../lab/matrix.ts';
import { Prober } from '../lab/probe.ts';

/** Address of the physical router in VLAN 2102 that tests put behind the upstream switch. */
export const ROUTER_MAC = '02:00:00:00:ff:01';

/** The Private VLAN of most tests, with the router in its list. */
export const PVLAN_2102: PrivateVlan = {
  primary: vlanId(2102) ?? fail(),
  promiscuousMacs: [macAddress(ROUTER_MAC) ?? fail()],
  wire: SINGLE,
  guards: NO_GUARDS,
};

/** Isolated guests reach routers (endpoints whose names begin with `router`) and nobody else. */
export function isolatedPolicy(from: Endpoint, to: Endpoint): boolean {
  return from.name.startsWith('router') || to.name.startsWith('router');
}

/**
 * Sends every class between all `endpoints` and returns what went against `policy`, as text for a failing assertion: empty
 * when nothing forbidden arrived, nothing permitted was lost and nothing came twice.
 */
export async function offences(
  lab: Lab,
  endpoints: readonly Endpoint[],
  policy: (from: Endpoint, to: Endpoint) => boolean = isolatedPolicy,
  classes: readonly FrameClass[] = STANDARD_CLASSES,
): Promise<string> {
  const result = await runMatrix(new Prober(lab.hosts), endpoints, classes);
  const { forbidden, missing, duplicated } = result.judge(policy);
  if (forbidden.length + missing.length + duplicated.length === 0) return '';
  return `${forbidden.length} forbidden, ${missing.length} missing, ${duplicated.length} duplicated\n${result.text({ policy })}`;
}

function fail(): never {
  throw new Error('the test data are not valid');
}
