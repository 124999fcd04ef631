import { parseDomain } from '../domain.ts';
import { messageOf } from '../errors.ts';
import type { MetadataElement } from '../metadata.ts';
import type { NicRecord } from '../nic.ts';
import { parseNetwork } from '../network.ts';
import type { Virsh } from '../virsh.ts';
import type { NetworkFinding } from './network-lookup.ts';

/** Libraries of these versions leave portgroup and network out of a live NIC (see resolver.ts). */
const LEAVES_OUT = { from: 1_002_002, before: 1_003_000 };

/** What virsh told of one domain: its NICs, its metadata, and the networks whose default portgroup some of the NICs have. */
export interface VirshDomain {
  readonly nics: readonly NicRecord[];
  readonly metadata: readonly MetadataElement[];
  readonly networks: ReadonlyMap<string, NetworkFinding>;
}

/** Asks virsh for a live domain and all that is needed to know its NICs' portgroups. Throws VirshFailed or XmlRefused. */
export async function askVirsh(virsh: Virsh, uuid: string, daemonVersion: number): Promise<VirshDomain> {
  const { nics: live, metadata } = parseDomain(await virsh.dumpDomain(uuid), `virsh dumpxml ${uuid}`);
  const leavesOut = daemonVersion >= LEAVES_OUT.from && daemonVersion < LEAVES_OUT.before;
  const nics =
    leavesOut && live.some(({ portgroup }) => portgroup === undefined) ? await fill(virsh, uuid, live) : live;
  const names = new Set(nics.flatMap(({ network, portgroup }) => (portgroup === undefined ? (network ?? []) : [])));
  const networks = await Promise.all([...names].map(async (name) => [name, await askNetwork(virsh, name)] as const));
  return { nics, metadata, networks: new Map(networks) };
}

async function fill(virsh: Virsh, uuid: string, live: readonly NicRecord[]): Promise<readonly NicRecord[]> {
  const defined = parseDomain(await virsh.dumpDomain(uuid, true), `virsh dumpxml --inactive ${uuid}`).nics;
  return live.map((nic) => {
    const definition = defined.find(({ mac }) => mac !== undefined && mac === nic.mac);
    if (nic.portgroup !== undefined || definition === undefined) return nic;
    const { attachment, network, portgroup } = definition;
    return { ...nic, attachment, network, portgroup };
  });
}

async function askNetwork(virsh: Virsh, name: string): Promise<NetworkFinding> {
  try {
    const network = parseNetwork(await virsh.dumpNetwork(name), `virsh net-dumpxml ${name}`);
    return { kind: 'network', network, file: undefined };
  } catch (error) {
    return { kind: 'unknown', why: messageOf(error) };
  }
}
