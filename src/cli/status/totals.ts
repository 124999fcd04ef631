import type { PortStatus } from '../../bridge/report/status.ts';

/** How many ports there are of each kind. */
export interface Totals {
  readonly isolated: number;
  readonly community: number;
  readonly routers: number;
  readonly quarantined: number;
  /** Guests outside every Private VLAN, which are open. */
  readonly outside: number;
}

export function totalsOf(ports: readonly PortStatus[]): Totals {
  const count = (isCounted: (port: PortStatus) => boolean): number => ports.filter(isCounted).length;
  return {
    isolated: count(({ role }) => role?.startsWith('isolated-') === true),
    community: count(({ role }) => role?.startsWith('community-') === true),
    routers: count(({ role }) => role?.startsWith('promisc-') === true),
    quarantined: count(({ quarantine }) => quarantine !== undefined),
    outside: count(({ outside }) => outside),
  };
}

/** Such as `41 ports: 28 isolated, 10 community, 1 router, 2 quarantined; 2 guests outside every Private VLAN, open`. */
export function totalsText({ isolated, community, routers, quarantined, outside }: Totals): string {
  const sum = isolated + community + routers + quarantined;
  const kinds = [
    [isolated, 'isolated'],
    [community, 'community'],
    [routers, routers === 1 ? 'router' : 'routers'],
    [quarantined, 'quarantined'],
  ] as const;
  const known = kinds.filter(([number]) => number > 0).map(([number, kind]) => `${number} ${kind}`);
  const parts = [known.length === 0 ? '' : `: ${known.join(', ')}`];
  return `${plural(sum, 'port')}${parts.join('')}${outside === 0 ? '' : `; ${outsideText(outside)}`}`;
}

/** Such as `2 guests outside every Private VLAN, open`. */
export function outsideText(count: number): string {
  return `${plural(count, 'guest')} outside every Private VLAN, open`;
}

/** Such as `1 port` and `2 ports`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
