import type { JsonObject } from '../ovsdb/json-value.ts';
import { setOf } from '../ovsdb/operation.ts';
import { formatIpPrefix } from '../pvlan/ip-prefix.ts';
import { groupOf } from '../pvlan/role.ts';
import type { Verdict } from '../pvlan/verdict.ts';

/** The tables a host writes. */
export type OwnTable = 'Endpoint' | 'Router';

/** Rows of one host as they go on the wire, by table and by what tells a row from the host's other ones. */
export type OwnRows = Readonly<Record<OwnTable, ReadonlyMap<string, JsonObject>>>;

/** What the ports of `host` come to in the fleet's database: its guests and the addresses of its routers. Closed ports are not told. */
export function ownRows(host: string, verdicts: Iterable<Verdict>): OwnRows {
  const endpoints = new Map<string, JsonObject>();
  const routers = new Map<string, JsonObject>();
  for (const verdict of verdicts) {
    const { port } = verdict;
    if (verdict.kind === 'guest') {
      const { role, mac, extraMacs, addresses = [] } = verdict;
      const group = groupOf(role);
      endpoints.set(port.name, {
        host,
        name: port.name,
        nic: port.ifaceId ?? '',
        mac,
        extra_macs: setOf(extraMacs),
        addresses: setOf(addresses.map(formatIpPrefix)),
        pvlan: role.primary,
        role: role.kind,
        community: setOf(group === undefined ? [] : [group]),
        moving: port.moving,
      });
    } else if (verdict.kind === 'promiscuous' && verdict.mac !== undefined) {
      for (const pvlan of verdict.primaries) {
        for (const mac of [verdict.mac, ...port.facts.extraMacs])
          routers.set(routerKey(pvlan, mac), { host, pvlan, mac, port: port.name });
      }
    }
  }
  return { Endpoint: endpoints, Router: routers };
}

/** What tells a row of table Router from others of its host. */
export function routerKey(pvlan: number | bigint, mac: string): string {
  return `${pvlan} ${mac}`;
}
