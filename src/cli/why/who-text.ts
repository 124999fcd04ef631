import { roleName, type Role } from '../../pvlan/role.ts';
import { quarantineText } from '../../pvlan/verdict.ts';
import { portLabel } from '../../verify/party.ts';
import type { Company, Peer } from '../../verify/why/who.ts';
import { printableLine } from '../printable.ts';
import { plural } from '../status/totals.ts';

/** Ports named of each kind; of more only the number is said. */
const NAMED = 8;

/** Whom a port may talk to, for people. */
export function formatCompany(company: Company): string {
  const { party, role, peers, listed } = company;
  const label = portLabel(party.judged);
  const { verdict } = party.judged;
  if (role === undefined) {
    if (verdict.kind === 'quarantined')
      return printableLine(`${label} talks to NOBODY, because it is closed: ${quarantineText(verdict.quarantine)}`);
    const what = verdict.kind === 'wire' ? 'leads to other switches' : 'is outside every Private VLAN';
    return printableLine(`${label} ${what}: Private VLANs do not say whom it talks to`);
  }
  const lines = [
    `${label} is ${roleName(role)} on ${party.desired.bridge}.`,
    `can talk to     ${listText(peers.filter(({ mayReach }) => mayReach))}`,
    `cannot          ${listText(peers.filter(({ mayReach }) => !mayReach))}`,
    `from elsewhere  ${elsewhereText(role, listed)}`,
  ];
  return lines.map(printableLine).join('\n');
}

function listText(peers: readonly Peer[]): string {
  if (peers.length === 0) return 'nobody on this host';
  const kinds = new Map<string, string[]>();
  for (const { role, label } of peers) kinds.set(kindText(role), [...(kinds.get(kindText(role)) ?? []), label]);
  const sorted = [...kinds].sort(([a], [b]) => Number(b === 'router') - Number(a === 'router') || (a < b ? -1 : 1));
  return sorted
    .map(([kind, labels]) =>
      labels.length > NAMED ? plural(labels.length, `${kind} port`) : `${kind}: ${labels.sort().join(', ')}`,
    )
    .join('; ');
}

function kindText(role: Role): string {
  switch (role.kind) {
    case 'promiscuous':
      return 'router';
    case 'isolated':
      return 'isolated';
    case 'community':
      return `community ${role.community}`;
  }
}

function elsewhereText(role: Role, listed: readonly string[]): string {
  if (role.kind === 'promiscuous') return 'everybody in its VLAN';
  return listed.length === 0 ? 'no router is listed' : `routers ${listed.join(', ')}`;
}
