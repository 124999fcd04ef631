import type { Endpoint } from '../lab/endpoint.ts';
import type { Policy } from '../lab/cell.ts';

/** The VLAN that names the Private VLAN of the demo. */
export const PRIMARY = 2102;
/** The VLAN of guests that have nothing to do with it. */
export const OTHER_VLAN = 100;
export const ROUTER_MAC = '02:00:00:00:fe:01';

/** Who takes part, by what they are to the Private VLAN. */
export interface Cast {
  readonly isolated: readonly Endpoint[];
  readonly unmanaged: readonly Endpoint[];
  readonly router: Endpoint;
}

export function everyone({ isolated, unmanaged, router }: Cast): Endpoint[] {
  return [...isolated, ...unmanaged, router];
}

/** What RFC 5517 wants: isolated ports and the router reach each other; whoever is elsewhere is left as they were. */
export function privateVlan({ isolated, unmanaged, router }: Cast): Policy {
  return (from, to) =>
    (from === router && isolated.includes(to)) ||
    (to === router && isolated.includes(from)) ||
    (unmanaged.includes(from) && unmanaged.includes(to));
}

/** What is left with neither agent nor flows: isolated ports are closed altogether. */
export function failedClosed({ unmanaged }: Cast): Policy {
  return (from, to) => unmanaged.includes(from) && unmanaged.includes(to);
}
