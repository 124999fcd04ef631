import { carriesAll, isParked } from '../../pvlan/vlan-setting.ts';
import { currentSetting } from '../../observe/original-setting.ts';
import { quarantineText, type Verdict } from '../../pvlan/verdict.ts';
import { roleName } from '../../pvlan/role.ts';
import type { SwitchPort } from '../../pvlan/switch-port.ts';
import type { Account, Exit, Step } from '../../verify/why/account.ts';
import type { Outcome } from '../../verify/why/reason.ts';
import { partyLabel, type Way } from '../../verify/why/why.ts';
import type { Party } from '../../verify/party.ts';
import { portNumber } from '../port-number.ts';
import { printableLine } from '../printable.ts';

const WORDS: Readonly<Record<Outcome, string>> = {
  reaches: 'REACHES',
  'kept-apart': 'is KEPT FROM',
  'not-reached': 'does not reach',
  refused: 'is REFUSED on the way to',
  'against-roles': 'REACHES, AGAINST THE ROLES,',
  'goes-out': 'goes OUT toward',
  'stays-here': 'does not leave this host toward',
  unclear: 'may or may not reach',
  'no-way': 'has no way to',
};

/** An answer for people: what becomes of frames each way, why, and by which flow; `flows`: and all the flows that they meet. */
export function formatWhy(ways: readonly [Way, Way], flows: boolean): string {
  const [there, back] = ways;
  const lines = [...wayLines(there), ...wayLines(back), '', ...partyLines(there)];
  const paths = flows ? ways.flatMap((way) => pathLines(way)) : ['', "all flows: '--flows'"];
  return [...lines, ...paths].map(printableLine).join('\n');
}

/** The answer one way, why, the flow that decided, and what to do. */
function wayLines(way: Way): readonly string[] {
  const { from, to, reason, accounts } = way;
  const [account] = accounts;
  const lines = [`${partyLabel(from)} ${WORDS[reason.outcome]} ${partyLabel(to)}, because ${reason.because}.`];
  if (reason.remedy !== undefined) lines.push(`  remedy: ${reason.remedy}`);
  if (account?.deciding !== undefined) lines.push(`  decided at ${stepText(account.deciding, to)}`);
  const differs = accounts.find((other) => other.arrives !== account?.arrives);
  if (differs !== undefined) lines.push(`  ${differs.frame}: ${arrivalText(differs, to)}`);
  if (reason.outcome === 'goes-out') lines.push(`  ${exitsText(account?.exits.filter(({ member }) => !member) ?? [])}`);
  const entry = entryText(way);
  if (entry !== undefined) lines.push(`  ${entry}`);
  return lines;
}

function entryText({ entrance, from }: Way): string | undefined {
  if (entrance === undefined || from.kind === 'here') return undefined;
  const tag = entrance.vid === undefined ? 'untagged' : `tagged ${entrance.vid}`;
  const how = entrance.by === 'heard' ? 'where it was heard last' : 'where it would come in: it was not heard lately';
  return `asked as it comes in by ${entrance.port} ${tag}, ${how}`;
}

/** The flow, whose it is, and what NORMAL does with a parked receiver. */
function stepText({ bridge, table, flow, owner, own }: Step, to: Party): string {
  if (flow === undefined) return `${bridge} table ${table}: no flow matches`;
  const parked = to.kind === 'here' && isParked(currentSetting(to.judged.port.row)) && own.includes('NORMAL');
  const remark = parked ? `, and ${to.judged.port.name} is parked` : '';
  return `${bridge} table ${table} (${owner}): ${flow} → ${effectText(own)}${remark}`;
}

/** The effect that matters of several. */
function effectText(effects: readonly string[]): string {
  const [delivery] = effects.filter((effect) => /^(output|NORMAL|drop|resubmit|goto)/.test(effect)).slice(-1);
  return delivery ?? effects.at(-1) ?? 'nothing';
}

function arrivalText({ arrives, unclear, exits }: Account, to: Party): string {
  if (unclear !== undefined) return `cannot tell: ${unclear}`;
  if (to.kind === 'elsewhere') return exits.length === 0 ? 'dropped' : `leaves by ${exitsText(exits)}`;
  return arrives === true ? 'arrives' : 'does not arrive';
}

function partyLines({ from, to }: Way): readonly string[] {
  const [first, second] = [partyLabel(from), partyLabel(to)];
  const width = Math.max(first.length, second.length);
  return [`${first.padEnd(width)}  ${describeParty(from)}`, `${second.padEnd(width)}  ${describeParty(to)}`];
}

/** What a party is, and where that is known from. */
export function describeParty(party: Party): string {
  if (party.kind === 'elsewhere') {
    const listed = party.promiscuousIn.map((primary) => `VLAN ${primary}`).join(', ');
    return `not on this host${listed === '' ? ', and no listed router' : `, a listed router of ${listed}`}`;
  }
  const { port, verdict } = party.judged;
  const number =
    port.ofports.length === 0 ? 'no port number yet' : `port ${port.ofports.map(portNumber).join(' and ')}`;
  const mac = port.attachedMac === undefined ? '' : `, ${port.attachedMac}`;
  const open = carriesAll(currentSetting(port.row)) && verdict.kind === 'guest' ? ', NOT PARKED' : '';
  return `${describeVerdict(verdict)}; ${number} of ${party.desired.bridge}${mac}${open}`;
}

function describeVerdict(verdict: Verdict): string {
  const origin = describeOrigin(verdict.port);
  switch (verdict.kind) {
    case 'guest':
    case 'promiscuous':
      return `${roleName(verdict.role)} (${roleOrigin(verdict)})`;
    case 'quarantined':
      return `quarantined: ${quarantineText(verdict.quarantine)}${origin === undefined ? '' : ` (${origin})`}`;
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

/** Every flow one way; what the second frame meets that the first did too is not said again. */
function pathLines({ from, to, accounts }: Way): readonly string[] {
  const lines: string[] = [];
  let before: readonly string[] = [];
  for (const account of accounts) {
    const steps = account.steps.map(stepLines);
    const same = steps.findIndex((step, index) => step.join('\n') !== before[index]);
    const shared = same < 0 ? steps.length : same;
    lines.push('', `${account.frame} ${partyLabel(from)} → ${partyLabel(to)}: ${arrivalText(account, to)}`);
    if (shared > 0) lines.push(`  the same ${shared} flows as above${shared < steps.length ? ', then' : ''}`);
    for (const step of steps.slice(shared)) lines.push(...step);
    lines.push(`  ${account.exits.length === 0 ? 'it is dropped' : `it leaves ${exitsText(account.exits)}`}`);
    lines.push(`  ask again: ovs-appctl ofproto/trace ${account.steps[0]?.bridge ?? ''} '${account.question}'`);
    before = steps.map((step) => step.join('\n'));
  }
  return lines;
}

function stepLines({ bridge, table, flow, owner, effects }: Step): readonly string[] {
  const head = flow === undefined ? 'no flow matches' : `${flow}  [${owner}]`;
  return [`  ${bridge} table ${table}: ${head}`, ...effects.map((effect) => `    ${effect}`)];
}

function exitsText(exits: readonly Exit[]): string {
  return exits.map(exitText).join(', ');
}

function exitText({ bridge, name, vids }: Exit): string {
  const port = name === '' ? `by a bond of ${bridge}` : `by ${name}`;
  return `${port} ${vids.length === 0 ? 'untagged' : `tagged ${vids.join(', ')}`}`;
}
