import { identityOf } from './identity.ts';
import type { LocatedNic } from './nic-table.ts';
import { defaultPortgroup } from './network.ts';
import type { NicQuery, PortgroupAnswer, RungName } from './query.ts';
import type { Asked, Rung } from './rungs/rung.ts';

/**
 * The portgroup of a NIC: the first source that knows the NIC decides, and a NIC without a portgroup of its own has its
 * network's default one. Whatever cannot be known for certain is `unknown`, never `none`.
 */
export function resolvePortgroup(rungs: readonly Rung[], query: NicQuery): PortgroupAnswer {
  const asked: Asked = { ...identityOf(query), bridge: query.bridge };
  const present = rungs.filter((rung) => rung.present);
  const doubts: string[] = [];
  for (const rung of present) {
    // Whatever makes a live source doubtful may be a change of this very NIC, of which the definition knows nothing.
    if (!rung.live && doubts.length > 0) break;
    const finding = rung.find(asked);
    if (finding.kind === 'blocked') return unknown(finding.why);
    if (finding.kind === 'absent') {
      if (finding.doubt !== undefined) doubts.push(finding.doubt);
      continue;
    }
    if (finding.distrusted === true && finding.at.nic.portgroup === undefined) {
      return fromDefinition(present, asked, finding.at);
    }
    const answer = answerOf(rung, finding.at);
    if (answer.kind === 'none' && rung.live) return { ...answer, ...definedBeside(present, asked) };
    if (answer.kind !== 'none' || !present.some((other) => other.live)) return answer;
    // The domain may have been started from another description than its definition, and the status is about to come.
    return unknown(`${finding.at.file ?? rung.name} gives it no portgroup, but no live status tells of the NIC yet`);
  }
  if (doubts.length > 0) return unknown(doubts.join('; '));
  const names = present.map(({ name }) => name).join(', ');
  return unknown(names === '' ? 'no source of libvirt is there' : `no source (${names}) tells of this NIC`);
}

/**
 * libvirt 1.2.2 to 1.2.x leave the portgroup, or even the network, out of what they say of a live NIC; the definition has it.
 * (Commit 7d5bf484747, corrected before 1.3.)
 */
function fromDefinition(rungs: readonly Rung[], asked: Asked, at: LocatedNic): PortgroupAnswer {
  const definition = rungs.find((rung) => rung.name === 'domain');
  const finding = definition?.find(asked);
  if (definition === undefined || finding?.kind !== 'found') {
    return unknown(
      `${at.file ?? 'the live status'} is of a libvirt that leaves portgroups out, and no definition has the NIC`,
    );
  }
  return answerOf(definition, finding.at);
}

/**
 * The portgroup that the definition gives to a NIC which runs without one. In libvirt 11.3 and 12.8 `domif-setlink`, and any
 * `update-device` from what `dumpxml` prints, make of a live NIC of a network one of a bridge.
 */
function definedBeside(
  rungs: readonly Rung[],
  asked: Asked,
): Pick<Extract<PortgroupAnswer, { kind: 'none' }>, 'defined'> {
  const definition = rungs.find((rung) => rung.name === 'domain');
  // A definition that was edited may have another interfaceid than the NIC that runs: domain and address tell it.
  const finding = definition?.find({ ...asked, interfaceId: undefined });
  if (definition === undefined || finding?.kind !== 'found') return {};
  const answer = answerOf(definition, finding.at);
  return answer.kind === 'portgroup' ? { defined: { portgroup: answer.portgroup, source: answer.source } } : {};
}

function answerOf(rung: Rung, { nic, file }: LocatedNic): PortgroupAnswer {
  const profile = rung.live && nic.isPlugged ? { profile: { id: nic.profileId } } : {};
  if (nic.portgroup !== undefined) {
    const network = nic.network === undefined ? {} : { network: nic.network };
    return { kind: 'portgroup', portgroup: nic.portgroup, ...network, ...profile, source: sourceOf(rung.name, file) };
  }
  if (nic.attachment === 'direct') return { kind: 'none', ...profile, source: sourceOf(rung.name, file) };
  if (nic.network === undefined) return unknown(`${file ?? rung.name} does not say which network the NIC is on`);
  const found = rung.networks.find(nic.network);
  if (found.kind === 'unknown') return unknown(`the NIC has its network's default portgroup, but ${found.why}`);
  const source = sourceOf('network-default', found.file);
  const portgroup = defaultPortgroup(found.network);
  if (portgroup === undefined) return { kind: 'none', ...profile, source };
  return { kind: 'portgroup', portgroup: portgroup.name, network: nic.network, ...profile, source };
}

function sourceOf(rung: RungName, file: string | undefined): { rung: RungName; file?: string } {
  return file === undefined ? { rung } : { rung, file };
}

function unknown(why: string): PortgroupAnswer {
  return { kind: 'unknown', why };
}
