import { macAddress, type Mac } from '../pvlan/mac.ts';
import { roleOf, isConfined } from '../pvlan/role.ts';
import { vlanId } from '../pvlan/vlan-id.ts';
import type { FleetEndpoint, FleetFacts, FleetPolicy, FleetRouter } from './facts.ts';
import type { EndpointRow, PolicyRow, RouterRow, VerdictRow } from './rows.generated.ts';

/** Rows of the fleet's database that others wrote. */
export interface FleetRows {
  readonly endpoints: Iterable<Omit<EndpointRow, '_uuid'>>;
  readonly routers: Iterable<Omit<RouterRow, '_uuid'>>;
  readonly policies: Iterable<Omit<PolicyRow, '_uuid'>>;
  readonly verdicts: Iterable<Omit<VerdictRow, '_uuid'>>;
}

/** How much of one host is read. A host that says more is at fault or hostile, and costs others no more than this. */
export const HOST_LIMITS = { endpoints: 4096, routers: 64, macs: 256 } as const;

/**
 * Reads rows into facts. Whoever has a host's certificate can write anything into that host's rows: a row that makes no sense is
 * left out and named in `excess`, and so are those beyond `HOST_LIMITS`, in an order that does not depend on who was first.
 */
export function readFacts(rows: FleetRows): FleetFacts {
  const excess = new Map<string, string>();
  const endpoints = limited(rows.endpoints, (row) => row.name, HOST_LIMITS.endpoints, 'endpoints', excess);
  const routers = limited(rows.routers, routerKey, HOST_LIMITS.routers, 'routers', excess);
  const policies = [...rows.policies].flatMap(readPolicy);
  return {
    endpoints: endpoints.flatMap((row) => orExcess(row, readEndpoint(row), excess)),
    routers: routers.flatMap((row) => orExcess(row, readRouter(row), excess)),
    policies: new Map(policies.map((policy) => [policy.pvlan, policy])),
    silent: Array.from(rows.verdicts)
      .filter(({ alive }) => !alive)
      .map(({ host }) => host)
      .sort(),
    excess,
  };
}

function routerKey({ pvlan, mac }: Omit<RouterRow, '_uuid'>): string {
  return `${pvlan} ${mac}`;
}

function limited<R extends { readonly host: string }>(
  rows: Iterable<R>,
  key: (row: R) => string,
  limit: number,
  what: string,
  excess: Map<string, string>,
): readonly R[] {
  const byHost = new Map<string, R[]>();
  for (const row of rows) {
    const known = byHost.get(row.host);
    if (known === undefined) byHost.set(row.host, [row]);
    else known.push(row);
  }
  return [...byHost].flatMap(([host, of]) => {
    if (of.length <= limit) return of;
    excess.set(host, `it has ${of.length} ${what}, of which ${limit} are used`);
    return of.sort((a, b) => (key(a) < key(b) ? -1 : 1)).slice(0, limit);
  });
}

function orExcess<T>({ host }: { readonly host: string }, read: T | undefined, excess: Map<string, string>): T[] {
  if (read !== undefined) return [read];
  if (!excess.has(host)) excess.set(host, 'it has rows that make no sense, which are not used');
  return [];
}

function readEndpoint(row: Omit<EndpointRow, '_uuid'>): FleetEndpoint | undefined {
  const pvlan = vlanId(Number(row.pvlan));
  const mac = macAddress(row.mac);
  if (pvlan === undefined || mac === undefined || (row.role !== 'isolated' && row.role !== 'community'))
    return undefined;
  const role = roleOf(row.role, pvlan, row.community);
  if (role === undefined || !isConfined(role) || row.extra_macs.length > HOST_LIMITS.macs) return undefined;
  const extraMacs = macs(row.extra_macs);
  const { host, name, nic, moving } = row;
  return { host, name, nic, mac, extraMacs, role, moving };
}

function readRouter({ host, pvlan, mac, port }: Omit<RouterRow, '_uuid'>): FleetRouter | undefined {
  const [vlan, address] = [vlanId(Number(pvlan)), macAddress(mac)];
  return vlan === undefined || address === undefined ? undefined : { host, pvlan: vlan, mac: address, port };
}

function readPolicy(row: Omit<PolicyRow, '_uuid'>): FleetPolicy[] {
  const pvlan = vlanId(Number(row.pvlan));
  if (pvlan === undefined) return [];
  return [
    {
      pvlan,
      routerHosts: new Set(row.router_hosts),
      routerMacs: new Set(macs(row.router_macs)),
      communityHosts: new Set(row.community_hosts),
    },
  ];
}

function macs(texts: readonly string[]): readonly Mac[] {
  return texts.flatMap((text) => macAddress(text) ?? []);
}
