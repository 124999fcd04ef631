import { formatFlow } from '../../src/openflow/format-flow.ts';
import type { Flow } from '../../src/openflow/flow.ts';
import { MATCH_FIELDS } from '../../src/openflow/match-fields.ts';
import type { Match } from '../../src/openflow/match.ts';
import { NO_FACTS } from '../../src/pvlan/guest-facts.ts';
import { prove } from '../../src/prove/prove.ts';
import type { WireMode } from '../../src/pvlan/wire-mode.ts';
import { vlanId } from '../../src/pvlan/vlan-id.ts';
import { PVLAN_2102 } from '../support/duo.ts';
import { guestPort, inPortgroup, plainPort } from '../support/ports.ts';
import { situationOf, type ProvedSituation } from '../support/proved.ts';

/** A flow that was changed, and whether the proof of the host still holds. */
export interface Mutation {
  readonly flow: Flow;
  /** What was done to it, in words. */
  readonly change: string;
  readonly isCaught: boolean;
}

/** Where guards send what they refuse (the layout of test/support/proved.ts). */
const REFUSED_TABLE = 72;

const SECONDARY: WireMode = {
  kind: 'secondary',
  isolated: vlanId(2103) ?? PVLAN_2102.primary,
  communities: new Map([['web', vlanId(2104) ?? PVLAN_2102.primary]]),
};

/** A host with every role: routers on an access port and on a trunk, guests that are pinned, and some outside. */
export function mixedHost(wire: WireMode): ProvedSituation {
  const facts = {
    ...NO_FACTS,
    addresses: [
      { family: 4, address: '10.0.0.3', length: 32 },
      { family: 6, address: '2001:db8::3', length: 128 },
    ],
  } as const;
  const outside = { kind: 'none', source: 'domain' } as const;
  return situationOf(
    [
      plainPort(1, { vlanMode: 'native-untagged', tag: 2102 }),
      guestPort(2, inPortgroup('promisc-2102')),
      guestPort(3, inPortgroup('isolated-2102'), { facts }),
      guestPort(4, inPortgroup('isolated-2102')),
      guestPort(5, inPortgroup('community-2102-web')),
      guestPort(6, inPortgroup('community-2102-web')),
      guestPort(7, inPortgroup('promisc-2102'), { vlan: { ...plainPort(7).vlan, vlanMode: 'trunk', trunks: [2102] } }),
      guestPort(8, outside),
      guestPort(9, outside, { vlan: { ...plainPort(9).vlan, vlanMode: 'dot1q-tunnel', tag: 2102 } }),
      guestPort(10, { kind: 'unknown', why: 'no source knows it' }),
    ],
    { ...PVLAN_2102, wire, guards: { ...PVLAN_2102.guards, routerAdvertisement: true } },
  );
}

export const MIXED_HOSTS: Readonly<Record<string, () => ProvedSituation>> = {
  'single wire mode': () => mixedHost({ kind: 'single' }),
  'secondary wire mode': () => mixedHost(SECONDARY),
};

/** Changes each flow of `situation` that `wanted` takes, one at a time, and proves the host anew. */
export function* mutations(situation: ProvedSituation, wanted: (index: number) => boolean): Generator<Mutation> {
  const { model, parties, believed } = situation;
  const [bridge] = model.bridges;
  if (bridge === undefined) return;
  const { lost } = prove(model, parties, believed);
  let number = 0;
  for (const flow of bridge.flows) {
    if (flow.cookie === 0n) continue;
    for (const [change, changed] of changesOf(flow)) {
      number += 1;
      if (!wanted(number)) continue;
      const flows = bridge.flows.flatMap((one) => (one === flow ? changed : [one]));
      const proof = prove({ ...model, bridges: [{ ...bridge, flows }] }, parties, believed);
      yield { flow, change, isCaught: proof.verdict !== 'PROVED' || proof.lost.length !== lost.length };
    }
  }
}

/** Each way to drop, weaken or move a flow. */
function changesOf(flow: Flow): readonly (readonly [string, readonly Flow[]])[] {
  const widened = MATCH_FIELDS.filter(({ name }) => flow.match[name] !== undefined).flatMap(({ name }) => {
    const match: Match = Object.fromEntries(Object.entries(flow.match).filter(([key]) => key !== name));
    return couldStand(match) ? [[`any ${name}`, [{ ...flow, match }]] as const] : [];
  });
  const { regs, ...unregistered } = flow.match;
  return [
    ['dropped', []],
    ['under all others', [{ ...flow, priority: 1 }]],
    // A refusal that comes first refuses the more.
    ...(refuses(flow) ? [] : [['above all others', [{ ...flow, priority: 65_000 }]] as const]),
    ...widened,
    ...(regs === undefined ? [] : [['any register', [{ ...flow, match: unregistered }]] as const]),
  ];
}

function refuses({ actions, gotoTable }: Flow): boolean {
  const outputs = actions.some(({ type }) => type === 'output' || type === 'resubmit');
  return !outputs && (gotoTable === undefined || gotoTable === REFUSED_TABLE);
}

/** Whether Open vSwitch takes the match: what a field needs before it has to be there. */
function couldStand(match: Match): boolean {
  const ip = match.ipv4Src ?? match.ipv4Dst ?? match.ipv6Src ?? match.ipv6Dst ?? match.ipProto ?? match.ipFrag;
  const arp = match.arpSpa ?? match.arpTpa ?? match.arpSha ?? match.arpTha ?? match.arpOp;
  const above = match.udpSrc ?? match.udpDst ?? match.icmpv6Type;
  const nd = match.ndTarget ?? match.ndSll ?? match.ndTll;
  return (
    ((ip ?? arp ?? above) === undefined || match.ethType !== undefined) &&
    (above === undefined || match.ipProto !== undefined) &&
    (nd === undefined || match.icmpv6Type !== undefined)
  );
}

if (process.argv[1] === import.meta.filename) {
  const every = Number(process.argv[2] ?? 1);
  for (const [name, host] of Object.entries(MIXED_HOSTS)) {
    process.stdout.write(`${name}: changes that the proof does not catch\n`);
    const count = { all: 0, caught: 0 };
    for (const { flow, change, isCaught } of mutations(host(), (number) => number % every === 0)) {
      count.all += 1;
      if (isCaught) count.caught += 1;
      else process.stdout.write(`  ${change.padEnd(18)} ${formatFlow(flow)}\n`);
    }
    process.stdout.write(`${name}: ${count.caught} of ${count.all} changes caught\n`);
  }
}
