import { messageOf } from '../../base/thrown.ts';
import type { Domain } from '../domain.ts';
import type { MetadataElement } from '../metadata.ts';
import type { NicRecord } from '../nic.ts';
import { parseNetwork } from '../network.ts';
import type { DomainState } from '../query.ts';
import { VirshFailed, type Virsh } from '../virsh.ts';
import type { NetworkFinding } from './network-lookup.ts';

/** Libraries of these versions leave portgroup and network out of a live NIC (see resolver.ts). */
const LEAVES_OUT = { from: 1_002_002, before: 1_003_000 };
/** Where virsh words a reason otherwise than libvirt's files do (virshDomainPausedReason in tools/virsh-domain-monitor.c). */
const REASONS: ReadonlyMap<string, string> = new Map([['migrating', 'migration']]);

/** Reads what virsh prints of a domain. @throws XmlRefused */
export type ReadDomain = (bytes: Uint8Array, from: string) => Domain;

/** Who is asked, and how the answers are read. */
export interface VirshQuestions {
  readonly virsh: Virsh;
  readonly readDomain: ReadDomain;
  /** As `Virsh.daemonVersion` gives it. */
  readonly daemonVersion: () => number;
}

/** What virsh told of one domain: its NICs, its metadata, and the networks whose default portgroup some of the NICs have. */
export interface VirshDomain {
  readonly state: DomainState;
  readonly nics: readonly NicRecord[];
  readonly metadata: readonly MetadataElement[];
  readonly networks: ReadonlyMap<string, NetworkFinding>;
}

/**
 * Asks virsh for a live domain and all that is needed to know its NICs' portgroups; undefined if libvirt answers that there is
 * no such domain. A network that it cannot be asked for stays as `before` has it. Throws VirshFailed or XmlRefused.
 */
export async function askVirsh(
  questions: VirshQuestions,
  uuid: string,
  before: VirshDomain | undefined,
): Promise<VirshDomain | undefined> {
  try {
    return await askDomain(questions, uuid, before);
  } catch (error) {
    if (!(error instanceof VirshFailed) || (await questions.virsh.domainUuids()).has(uuid)) throw error;
    return undefined;
  }
}

async function askDomain(
  { virsh, readDomain, daemonVersion }: VirshQuestions,
  uuid: string,
  before: VirshDomain | undefined,
): Promise<VirshDomain> {
  const [description, { state, reason }] = await Promise.all([virsh.dumpDomain(uuid), virsh.domainState(uuid)]);
  const { name, nics: live, metadata } = readDomain(description, `virsh dumpxml ${uuid}`);
  const version = daemonVersion();
  const leavesOut = version >= LEAVES_OUT.from && version < LEAVES_OUT.before;
  const nics =
    leavesOut && live.some(({ portgroup }) => portgroup === undefined)
      ? fill(live, readDomain(await virsh.dumpDomain(uuid, true), `virsh dumpxml --inactive ${uuid}`).nics)
      : live;
  const names = new Set(nics.flatMap(({ network, portgroup }) => (portgroup === undefined ? (network ?? []) : [])));
  const networks = await Promise.all(
    [...names].map(async (one) => [one, await askNetwork(virsh, one, before?.networks.get(one))] as const),
  );
  return {
    state: { uuid, name, state, reason: REASONS.get(reason) ?? reason },
    nics,
    metadata,
    networks: new Map(networks),
  };
}

function fill(live: readonly NicRecord[], defined: readonly NicRecord[]): readonly NicRecord[] {
  return live.map((nic) => {
    const definition = defined.find(({ mac }) => mac !== undefined && mac === nic.mac);
    if (nic.portgroup !== undefined || definition === undefined) return nic;
    const { attachment, network, portgroup } = definition;
    return { ...nic, attachment, network, portgroup };
  });
}

async function askNetwork(virsh: Virsh, name: string, before: NetworkFinding | undefined): Promise<NetworkFinding> {
  try {
    const network = parseNetwork(await virsh.dumpNetwork(name), `virsh net-dumpxml ${name}`);
    return { kind: 'network', network, file: undefined };
  } catch (error) {
    const isAway = error instanceof VirshFailed && !error.noNetwork;
    return isAway && before?.kind === 'network' ? before : { kind: 'unknown', why: messageOf(error) };
  }
}
