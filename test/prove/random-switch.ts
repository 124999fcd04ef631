import type { Action, SubField } from '../../src/openflow/action.ts';
import { Port } from '../../src/openflow/action.ts';
import type { Flow } from '../../src/openflow/flow.ts';
import { taggedWith, UNTAGGED, UNTAGGED_OR_PRIORITY, type Masked, type Match } from '../../src/openflow/match.ts';
import type { ProvedBridge, ProvedPort } from '../../src/prove/switch.ts';
import type { Random } from '../chaos/random.ts';

/** Values that matches, actions and frames draw from: few, so that they meet. */
export const MACS = [
  '02:00:00:00:00:01',
  '02:00:00:00:00:02',
  '02:00:00:00:00:03',
  'ff:ff:ff:ff:ff:ff',
  '01:00:5e:00:00:fb',
  '33:33:00:00:00:01',
  '01:80:c2:00:00:00',
  '01:00:0c:cc:cc:cc',
] as const;
export const VIDS = [0, 10, 20, 30, 4095] as const;
export const IPV4 = ['10.0.0.1', '10.0.0.2', '10.0.1.1', '0.0.0.0'] as const;
const MODES = ['access', 'trunk', 'native-tagged', 'native-untagged', 'dot1q-tunnel'] as const;
const TABLES = 4;

export interface RandomSwitchOptions {
  readonly ports: number;
  readonly flows: number;
  /** Whether flows of one priority may fit one frame: Open vSwitch then takes any of them. */
  readonly ties: boolean;
}

/** A bridge with ports of every kind, and flows that make little sense. */
export function randomBridge(name: string, random: Random, { ports, flows, ties }: RandomSwitchOptions): ProvedBridge {
  return {
    name,
    ports: [
      randomPort(name, Port.LOCAL, random),
      ...Array.from({ length: ports }, (_, index) => randomPort(`${name}-${index + 1}`, index + 1, random)),
    ],
    flows: distinct(
      Array.from({ length: flows }, (_, index) => randomFlow(random, ports, ties ? random.below(6) : index + 1)),
    ),
    mirrors: [],
    multicastSnooping: false,
    forwardBpdu: random.below(4) === 0,
  };
}

function randomPort(name: string, ofport: number, random: Random): ProvedPort {
  const vlanMode = random.below(5) === 0 ? undefined : random.pick(MODES);
  const tagged = vlanMode === undefined || vlanMode === 'trunk' ? random.below(4) === 0 : true;
  const some = (): readonly number[] => (random.below(2) === 0 ? [] : VIDS.filter(() => random.below(2) === 0));
  return {
    name,
    ofports: [ofport],
    vlan: {
      vlanMode,
      tag: tagged ? (random.pick(VIDS) ?? 0) : undefined,
      trunks: some(),
      protected: random.below(4) === 0,
    },
    cvlans: vlanMode === 'dot1q-tunnel' ? some() : [],
    multicastFlood: false,
    peer: undefined,
  };
}

function randomFlow(random: Random, ports: number, priority: number): Flow {
  const table = random.below(TABLES);
  const actions = Array.from({ length: random.below(5) }, () => randomActions(random, ports)).flat();
  const goesOn = table + 1 < TABLES && random.below(2) === 0;
  return {
    table,
    priority,
    cookie: 0n,
    match: randomMatch(random, ports),
    actions,
    ...(goesOn ? { gotoTable: table + 1 + random.below(TABLES - table - 1) } : {}),
  };
}

function randomMatch(random: Random, ports: number): Match {
  const mac = (): Masked<string> =>
    random.below(4) === 0
      ? { value: '01:00:00:00:00:00', mask: '01:00:00:00:00:00' }
      : { value: random.pick(MACS) ?? MACS[0] };
  return {
    ...(random.below(3) === 0 ? { inPort: 1 + random.below(ports) } : {}),
    ...(random.below(4) === 0 ? { ethSrc: mac() } : {}),
    ...(random.below(3) === 0 ? { ethDst: mac() } : {}),
    ...(random.below(3) === 0 ? { vlan: randomVlan(random) } : {}),
    ...(random.below(5) === 0 ? { regs: { [random.below(3)]: { value: random.below(3) } } } : {}),
    ...(random.below(3) === 0 ? randomPayload(random) : {}),
  };
}

function randomVlan(random: Random): Masked<number> {
  const choices = [UNTAGGED, UNTAGGED_OR_PRIORITY, { value: 0x1000, mask: 0x1000 }, taggedWith(random.pick(VIDS) ?? 0)];
  return random.pick(choices) ?? UNTAGGED;
}

function randomPayload(random: Random): Match {
  const ip = (): Masked<string> =>
    random.below(3) === 0 ? { value: '10.0.0.0', mask: '255.255.255.0' } : { value: random.pick(IPV4) ?? IPV4[0] };
  switch (random.below(6)) {
    case 0:
      return { ethType: 0x806, arpSpa: ip() };
    case 1:
      return { ethType: 0x806, arpSha: { value: random.pick(MACS) ?? MACS[0] }, arpOp: 1 + random.below(2) };
    case 2:
      return { ethType: 0x800, ipv4Src: ip() };
    case 3:
      return { ethType: 0x800, ipProto: 17, udpDst: { value: 67 + random.below(2) } };
    case 4:
      return { ethType: 0x8100 };
    default:
      return { ethType: 0x800, ipFrag: { value: 1, mask: 1 } };
  }
}

const part = (field: SubField['field'], bits: number, offset = 0): SubField => ({ field, offset, bits });
const moved = (from: SubField, to: SubField): Action => ({ type: 'move', from, to });

/** Keeps a destination and a tag in registers, and puts them back: what is done in between does not last. */
const KEEP: readonly Action[] = [
  moved(part('eth_dst', 32), part('reg3', 32)),
  moved(part('eth_dst', 16, 32), part('reg4', 16)),
  moved(part('vlan_tci', 16), part('reg5', 16)),
];
const PUT_BACK: readonly Action[] = [
  moved(part('reg3', 32), part('eth_dst', 32)),
  moved(part('reg4', 16), part('eth_dst', 16, 32)),
  moved(part('reg5', 16), part('vlan_tci', 16)),
];

function randomActions(random: Random, ports: number): readonly Action[] {
  if (random.below(10) > 0) return [randomAction(random, ports)];
  const between = Array.from({ length: 1 + random.below(3) }, () => randomAction(random, ports));
  // What a resubmit does to those registers would be put back, too.
  return [...KEEP, ...between.filter(({ type }) => type !== 'resubmit' && type !== 'pushVlan'), ...PUT_BACK];
}

function randomAction(random: Random, ports: number): Action {
  const load = (field: Extract<Action, { type: 'load' }>['to']['field'], bits: number, value: bigint): Action => ({
    type: 'load',
    to: { field, offset: 0, bits },
    value,
  });
  const macNumber = BigInt(`0x${(random.pick(MACS) ?? MACS[0]).replaceAll(':', '')}`);
  const vid = BigInt(random.pick(VIDS) ?? 0);
  switch (random.below(12)) {
    case 0:
    case 1:
      return { type: 'output', port: 1 + random.below(ports) };
    case 2:
    case 3:
    case 4:
      return { type: 'output', port: Port.NORMAL };
    case 5:
      return load('vlan_tci', 16, 0n);
    case 6:
      return load('vlan_tci', 13, 0x1000n | vid);
    case 7:
      return load('eth_dst', 48, macNumber);
    case 8:
      return load(`reg${random.below(3) as 0 | 1 | 2}`, 32, BigInt(random.below(3)));
    case 9:
      return load('in_port', 16, BigInt(random.pick([0xffff, 1 + random.below(ports)]) ?? 1));
    case 10:
      return { type: 'resubmit', table: random.below(TABLES), inPort: 0xfff8 };
    default:
      return (
        random.pick<Action>([
          { type: 'output', port: Port.IN_PORT },
          { type: 'output', port: Port.FLOOD },
          {
            type: 'move',
            from: { field: 'eth_src', offset: 0, bits: 48 },
            to: { field: 'eth_dst', offset: 0, bits: 48 },
          },
          { type: 'pushVlan', ethertype: 0x8100 },
        ]) ?? { type: 'popVlan' }
      );
  }
}

/** A flow in the place of another would replace it. */
function distinct(flows: readonly Flow[]): readonly Flow[] {
  const places = new Map(flows.map((flow) => [JSON.stringify([flow.table, flow.priority, flow.match]), flow]));
  return [...places.values()];
}
