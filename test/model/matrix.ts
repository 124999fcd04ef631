import { parseArgs } from 'node:util';
import { FRAME_KINDS } from './frame-kinds.ts';
import { expectationOf } from './violation.ts';
import { matrixTable } from './matrix-table.ts';
import { seeFrame } from './seen-frame.ts';
import { Stage } from './stage.ts';
import { isGroup } from './may-deliver.ts';
import { BOND_MODES } from './topology.ts';
import type { BondMode, FrameSpec, PortSpec, Topology } from './topology.ts';
import type { MatrixEntry } from './matrix-table.ts';
import type { Play } from './stage.ts';

/** Every role, on each host it can be on, and a second Private VLAN. The first is the router that forgers pass for. */
const PORTS: readonly PortSpec[] = [
  { kind: 'promiscuous', place: 'upstream', pvlan: 0, by: 'access' },
  { kind: 'promiscuous', place: 'upstream', pvlan: 0, by: 'trunk' },
  { kind: 'isolated', place: 'a', pvlan: 0 },
  { kind: 'isolated', place: 'a', pvlan: 0, bornParked: true },
  { kind: 'isolated', place: 'b', pvlan: 0 },
  { kind: 'isolated', place: 'b', pvlan: 0, knownAddresses: true },
  { kind: 'community', place: 'a', pvlan: 0, community: 'red' },
  { kind: 'community', place: 'a', pvlan: 0, community: 'red', bornParked: true },
  { kind: 'community', place: 'b', pvlan: 0, community: 'red' },
  { kind: 'community', place: 'a', pvlan: 0, community: 'blue' },
  { kind: 'community', place: 'b', pvlan: 0, community: 'blue' },
  { kind: 'promiscuous', place: 'a', pvlan: 0, by: 'access' },
  { kind: 'promiscuous', place: 'b', pvlan: 0, by: 'portgroup' },
  { kind: 'promiscuous', place: 'a', pvlan: 0, by: 'trunk' },
  { kind: 'promiscuous', place: 'b', pvlan: 0, by: 'native-tagged' },
  { kind: 'promiscuous', place: 'a', pvlan: 0, by: 'native-untagged' },
  { kind: 'promiscuous', place: 'b', pvlan: 0, by: 'tunnel' },
  { kind: 'access', place: 'a', guest: true },
  { kind: 'access', place: 'b', guest: false },
  { kind: 'trunk', place: 'a', vlans: 'all' },
  { kind: 'trunk', place: 'b', vlans: 'all' },
  { kind: 'trunk', place: 'a', vlans: 'ordinary' },
  { kind: 'trunk', place: 'b', vlans: 'ordinary' },
  { kind: 'trunk', place: 'a', vlans: 'all', nested: true },
  { kind: 'tunnel', place: 'a', vlan: 'primary' },
  { kind: 'tunnel', place: 'b', vlan: 'ordinary' },
  { kind: 'tunnel', place: 'b', vlan: 'isolated' },
  { kind: 'isolated', place: 'a', pvlan: 1 },
  { kind: 'isolated', place: 'b', pvlan: 1 },
  { kind: 'promiscuous', place: 'b', pvlan: 1, by: 'guest-access' },
];
const ROUTER = 0;
const MODES = ['single', 'secondary'] as const;

const { values } = parseArgs({
  options: {
    mode: { type: 'string' },
    bond: { type: 'string' },
    brief: { type: 'boolean', default: false },
  },
});

/** The frames of every kind, and the kind of each. */
function matrixCase(
  mode: Topology['modes'][number],
  bond: BondMode | undefined,
): { topology: Topology; kinds: Map<FrameSpec, string> } {
  const kinds = new Map<FrameSpec, string>();
  for (const { name, to, build } of FRAME_KINDS) {
    for (const from of PORTS.keys()) {
      const targets = to === 'group' ? [ROUTER] : [...PORTS.keys()].filter((target) => target !== from);
      for (const target of targets) kinds.set(onItsVlan(build(from, target, ROUTER)), name);
    }
  }
  return { topology: { bond, modes: [mode, mode], ports: PORTS, frames: [...kinds.keys()] }, kinds };
}

/** A promiscuous station on a trunk, native VLAN or not, says everything in the primary VLAN, unless a kind of frame is about tags. */
function onItsVlan(spec: FrameSpec): FrameSpec {
  const sender = PORTS[spec.from];
  const isOnTrunk = sender?.kind === 'promiscuous' && (sender.by === 'trunk' || sender.by === 'native-tagged');
  return isOnTrunk && spec.tags.length === 0 ? { ...spec, tags: [{ vlan: 'primary' }] } : spec;
}

/** One entry for each frame and each station it was addressed to. */
function entries(
  { outcomes, stations, network, violations }: Play,
  kinds: ReadonlyMap<FrameSpec, string>,
): MatrixEntry[] {
  const wrong = new Map(
    violations.map((one) => [one.outcome, violations.filter(({ outcome }) => outcome === one.outcome)]),
  );
  return outcomes.flatMap((outcome) => {
    const { dst } = seeFrame(outcome.raw);
    return stations.flatMap((receiver): MatrixEntry[] => {
      const isWrong = wrong.get(outcome)?.some((one) => one.receiver === receiver) ?? false;
      const isAddressed = isGroup(dst) || receiver.macs.includes(dst);
      if (receiver === outcome.sender || (!isAddressed && !isWrong)) return [];
      const expected = expectationOf(outcome, receiver, network);
      const times = outcome.arrivals.get(receiver.name)?.times ?? 0;
      return [{ kind: kinds.get(outcome.spec) ?? '', sender: outcome.sender, receiver, expected, times, isWrong }];
    });
  });
}

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function main(): Promise<number> {
  const bond = BOND_MODES.find((one) => one === values.bond);
  if (values.bond !== undefined && bond === undefined) {
    throw new RangeError(`there is no bond mode '${values.bond}': ${BOND_MODES.join(', ')}`);
  }
  const stage = await Stage.open();
  const summary: string[] = [];
  let wrong = 0;
  try {
    for (const mode of MODES.filter((one) => values.mode === undefined || values.mode === one)) {
      const { topology, kinds } = matrixCase(mode, bond);
      const play = await stage.play([topology], { again: false });
      write(`Wire mode ${mode}: ${PORTS.length} stations, ${FRAME_KINDS.length} kinds of frames\n`);
      write(matrixTable(entries(play, kinds), values.brief));
      for (const { text } of play.violations.slice(0, 20)) write(text);
      const count = (kind: string): number => play.violations.filter((one) => one.kind === kind).length;
      write(`${mode}: ${play.outcomes.length} frames sent, each judged at ${play.stations.length - 1} stations\n`);
      summary.push(`${mode}: ${count('duplicated')} duplicated, ${count('badly tagged')} badly tagged`);
      summary.push(`${mode}: ${count('overheard')} overheard once both had spoken`);
      summary.push(`${mode}: ${count('forbidden')} forbidden, ${count('missing')} missing`);
      wrong += play.violations.length;
    }
  } finally {
    await stage.close();
  }
  for (const line of summary) write(line);
  return wrong === 0 ? 0 : 1;
}

process.exitCode = await main();
