import { ROLE_TABLE } from '../pvlan/role-table.ts';
import type { SwitchPort } from '../pvlan/switch-port.ts';
import { quarantineText, type Verdict } from '../pvlan/verdict.ts';
import { roleName } from '../pvlan/role.ts';
import type { Account, Exit, Explanation } from '../verify/explain.ts';
import { portNumber } from './port-number.ts';
import { printableLine } from './printable.ts';
import type { Party } from '../verify/party.ts';

/** An explanation for people. */
export function formatExplanation(explanation: Explanation): string {
  const { from, to, accounts } = explanation;
  return [
    [`from  ${describeParty(from)}`, `to    ${describeParty(to)}`, `rule  ${ruleText(explanation)}`]
      .map(printableLine)
      .join('\n'),
    ...accounts.map((account) => formatAccount(account, explanation)),
  ].join('\n\n');
}

function describeParty(party: Party): string {
  if (party.kind === 'elsewhere') {
    const listed = vlans(party.promiscuousIn);
    return `${party.mac}: not on this host${listed === '' ? '' : `, in the list of promiscuous addresses of ${listed}`}`;
  }
  const { port, verdict } = party.judged;
  const number =
    port.ofports.length === 0 ? 'no port number yet' : `port ${port.ofports.map(portNumber).join(' and ')}`;
  const mac = port.attachedMac === undefined ? '' : `, ${port.attachedMac}`;
  return `${port.name}: ${describeVerdict(verdict)}; ${number} of bridge ${party.desired.bridge}${mac}`;
}

function describeVerdict(verdict: Verdict): string {
  const origin = describeOrigin(verdict.port);
  switch (verdict.kind) {
    case 'guest':
    case 'promiscuous':
      return `${roleName(verdict.role)} (${roleOrigin(verdict)})`;
    case 'quarantined':
      return `quarantined, all its frames are dropped: ${quarantineText(verdict.quarantine)}${origin === undefined ? '' : ` (${origin})`}`;
    case 'stranger':
      return `outside every Private VLAN (${origin ?? 'its portgroup is not known'})`;
    case 'wire':
      return 'leads to other switches';
  }
}

function roleOrigin({ port, role }: Extract<Verdict, { kind: 'guest' | 'promiscuous' }>): string {
  const origin = describeOrigin(port);
  if (origin !== undefined && port.portgroup.kind === 'portgroup') return origin;
  return [`access port of VLAN ${role.primary}`, ...(origin === undefined ? [] : [origin])].join(', ');
}

/** Where a guest's portgroup, or that it has none, was read; undefined where nothing told it, and for other ports. */
function describeOrigin({ kind, portgroup }: SwitchPort): string | undefined {
  if (kind !== 'guest' || portgroup.kind === 'unknown') return undefined;
  const where = portgroup.file === undefined ? portgroup.source : `${portgroup.source}, ${portgroup.file}`;
  return portgroup.kind === 'portgroup' ? `portgroup ${portgroup.name}, from ${where}` : `no portgroup, by ${where}`;
}

function ruleText({ from, to, rule }: Explanation): string {
  switch (rule.kind) {
    case 'closed':
      return 'a quarantined port talks to nobody';
    case 'outside':
      return 'Private VLANs have no say: one of the two is outside of them';
    case 'unknown':
      return `${ROLE_TABLE[rule.role.kind].rule}; only the receiver's own host knows what the receiver is`;
    case 'apart':
      return `a Private VLAN ends with its VLAN: the sender is in ${vlans(rule.sender)}, the receiver in ${vlans(rule.receiver)}`;
    case 'roles': {
      const name = to.kind === 'here' ? to.judged.port.name : to.mac;
      const may = rule.mayTalk ? 'may reach' : 'may not reach';
      return `${from.judged.port.name} ${may} ${name}: ${ROLE_TABLE[rule.role.kind].rule} (RFC 5517)`;
    }
  }
}

const vlans = (primaries: readonly number[]): string => primaries.map((primary) => `VLAN ${primary}`).join(', ');

function formatAccount(account: Account, explanation: Explanation): string {
  const lines = [`${account.frame}: ${outcome(account, explanation)}`];
  for (const step of account.steps) {
    const flow = step.flow === undefined ? 'no flow matches' : `${step.flow}  [${step.owner}]`;
    lines.push(`  ${step.bridge} table ${step.table}: ${flow}`, ...step.effects.map((effect) => `    ${effect}`));
  }
  const { exits } = account;
  if (account.unclear === undefined) {
    lines.push(`  ${exits.length === 0 ? 'it is dropped' : `it leaves ${exits.map(formatExit).join(', ')}`}`);
  }
  lines.push(`  reproduce with: ovs-appctl ofproto/trace ${explanation.from.desired.bridge} '${account.question}'`);
  return lines.map(printableLine).join('\n');
}

function outcome({ arrives, unclear, exits }: Account, { to, rule }: Explanation): string {
  if (unclear !== undefined) return `cannot tell: ${unclear}`;
  if (to.kind === 'elsewhere') {
    const wire = exits.filter((exit) => !exit.member);
    return wire.length === 0
      ? 'nothing of it leaves this host'
      : `it goes out ${wire.map(formatExit).join(', ')}; the host of ${to.mac} decides the rest`;
  }
  const { name } = to.judged.port;
  const what = arrives === true ? `it reaches ${name}` : `it does not reach ${name}`;
  if (rule.mayTalk === undefined) return what;
  return arrives === rule.mayTalk ? `${what}, as the roles ask` : `${what}, AGAINST the roles`;
}

function formatExit({ bridge, name, vids }: Exit): string {
  const port = name === '' ? `by a bond of ${bridge}` : `by ${name}`;
  return `${port} ${vids.length === 0 ? 'untagged' : `tagged ${vids.join(', ')}`}`;
}
