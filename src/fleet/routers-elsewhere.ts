import type { RouterElsewhere, RoutersElsewhere } from '../pvlan/promiscuous-addresses.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import type { FleetFacts } from './facts.ts';

/** The routers on other hosts than `host` that the fleet's policy lets a host believe in: no policy, no router. */
export function routersElsewhere(facts: FleetFacts, host: string): RoutersElsewhere {
  const found = new Map<VlanId, RouterElsewhere[]>();
  const add = (pvlan: VlanId, router: RouterElsewhere): void => {
    const known = found.get(pvlan);
    if (known === undefined) found.set(pvlan, [router]);
    else if (known.every(({ mac }) => mac !== router.mac)) known.push(router);
  };
  for (const { pvlan, routerMacs } of facts.policies.values()) {
    for (const mac of routerMacs) add(pvlan, { mac, owner: `the fleet's policy of VLAN ${pvlan}` });
  }
  for (const router of facts.routers) {
    if (router.host === host || facts.policies.get(router.pvlan)?.routerHosts.has(router.host) !== true) continue;
    add(router.pvlan, { mac: router.mac, owner: `promiscuous port ${router.port} of host ${router.host}` });
  }
  for (const routers of found.values()) routers.sort((a, b) => (a.mac < b.mac ? -1 : 1));
  return found;
}
