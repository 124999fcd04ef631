import { Port, type Action } from '../../../src/openflow/action.ts';
import type { Flow } from '../../../src/openflow/flow.ts';
import { taggedWith, type Match } from '../../../src/openflow/match.ts';
import type { ProvedBridge, ProvedPort } from '../../../src/prove/switch.ts';

/** A way to break the isolation of the host in prove.test.ts, and who then reaches whom. */
export interface PlantedLeak {
  readonly name: string;
  plant(bridge: ProvedBridge): ProvedBridge;
  readonly from: string;
  readonly to: string;
}

const NORMAL: Action = { type: 'output', port: Port.NORMAL };
const PLAIN = { vlanMode: undefined, tag: undefined, trunks: [], protected: false };

export const [UPLINK, ROUTER, ISOLATED, OTHER, MEMBER, PEER, OUTSIDE, CLOSED] = [1, 2, 3, 4, 5, 6, 7, 8] as const;

const mac = (number: number): { readonly value: string } => ({ value: `02:00:00:00:00:0${number}` });
const output = (port: number): Action => ({ type: 'output', port });
const load = (
  field: 'in_port' | 'eth_src' | 'eth_dst' | 'vlan_tci' | 'reg0' | 'reg1',
  bits: number,
  value: bigint,
): Action => ({
  type: 'load',
  to: { field, offset: 0, bits },
  value,
});

function foreign(match: Match, actions: readonly Action[], place: Partial<Flow> = {}): Flow {
  return { table: 0, priority: 60_000, cookie: 0n, match, actions, ...place };
}

function flows(name: string, from: number, to: number, ...added: readonly Flow[]): PlantedLeak {
  const plant = (bridge: ProvedBridge): ProvedBridge => ({ ...bridge, flows: [...bridge.flows, ...added] });
  return { name, plant, from: portName(from), to: portName(to) };
}

function port(name: string, from: number, to: number, changed: number, more: Partial<ProvedPort>): PlantedLeak {
  const plant = (bridge: ProvedBridge): ProvedBridge => ({
    ...bridge,
    ports: bridge.ports.map((one) => (one.ofports.includes(changed) ? { ...one, ...more } : one)),
  });
  return { name, plant, from: portName(from), to: portName(to) };
}

function setting(
  name: string,
  from: number,
  to: number,
  more: (bridge: ProvedBridge) => Partial<ProvedBridge>,
): PlantedLeak {
  return { name, plant: (bridge) => ({ ...bridge, ...more(bridge) }), from: portName(from), to: portName(to) };
}

export function portName(number: number): string {
  return number === UPLINK ? 'eth1' : `vnet${number}`;
}

/** A flow of ours that somebody has changed. */
function ours(
  name: string,
  from: number,
  to: number,
  which: (flow: Flow) => boolean,
  change: (flow: Flow) => Partial<Flow>,
): PlantedLeak {
  const plant = (bridge: ProvedBridge): ProvedBridge => {
    if (!bridge.flows.some(which)) throw new Error(`${name}: no such flow`);
    return { ...bridge, flows: bridge.flows.map((flow) => (which(flow) ? { ...flow, ...change(flow) } : flow)) };
  };
  return { name, plant, from: portName(from), to: portName(to) };
}

const guestFlow =
  (number: number) =>
  (flow: Flow): boolean =>
    flow.table === 0 && flow.match.inPort === number && flow.match.ethSrc !== undefined;

/** Each of them has to be found. */
export const PLANTED: readonly PlantedLeak[] = [
  flows(
    'a foreign flow of one ethertype to a guest',
    ISOLATED,
    MEMBER,
    foreign({ inPort: ISOLATED, ethType: 0x88b5 }, [output(MEMBER)]),
  ),
  flows(
    'a foreign flow in one of our later tables',
    ISOLATED,
    MEMBER,
    foreign({ ethDst: mac(MEMBER), ethType: 0x88b5 }, [output(MEMBER)], { table: 60 }),
  ),
  flows(
    'a foreign flow to a community from outside it',
    ISOLATED,
    MEMBER,
    foreign({ inPort: ISOLATED }, [output(MEMBER)]),
  ),
  flows('a foreign flow that floods', ISOLATED, OTHER, foreign({ inPort: ISOLATED }, [output(Port.FLOOD)])),
  flows('a foreign flow to all', ISOLATED, MEMBER, foreign({ inPort: ISOLATED }, [output(Port.ALL)])),
  flows(
    'a foreign flow that claims another input port',
    ISOLATED,
    OTHER,
    foreign({ inPort: ISOLATED }, [load('in_port', 16, BigInt(ROUTER)), output(OTHER)]),
  ),
  flows(
    'a foreign flow that sends guests to the routers’ table',
    ISOLATED,
    MEMBER,
    foreign({ inPort: ISOLATED }, [load('reg0', 32, 2102n)], { gotoTable: 66 }),
  ),
  flows(
    'a foreign flow that resubmits as the router',
    ISOLATED,
    MEMBER,
    foreign({ inPort: ISOLATED }, [{ type: 'resubmit', table: 0, inPort: ROUTER }]),
  ),
  flows(
    'a foreign flow that rewrites the destination and outputs',
    ISOLATED,
    MEMBER,
    foreign({ inPort: ISOLATED }, [load('eth_dst', 48, 0xffffffffffffn), output(MEMBER)]),
  ),
  flows(
    'a foreign flow from outside',
    OUTSIDE,
    ISOLATED,
    foreign({ inPort: OUTSIDE, vlan: taggedWith(9) }, [output(ISOLATED)]),
  ),
  flows(
    'a foreign flow from the wire in another VLAN',
    UPLINK,
    ISOLATED,
    foreign({ inPort: UPLINK, vlan: taggedWith(9) }, [output(ISOLATED)]),
  ),
  flows(
    'a foreign flow from the wire in the Private VLAN',
    UPLINK,
    ISOLATED,
    foreign({ inPort: UPLINK, vlan: taggedWith(2102) }, [load('vlan_tci', 16, 0n), output(ISOLATED)]),
  ),
  flows('a foreign flow from a quarantined port', CLOSED, ROUTER, foreign({ inPort: CLOSED }, [output(ROUTER)])),
  flows(
    'a foreign flow that only opens a quarantined port toward the wire',
    CLOSED,
    UPLINK,
    foreign({ inPort: CLOSED }, [output(UPLINK)]),
  ),
  flows('a foreign flow to a quarantined port', ROUTER, CLOSED, foreign({ inPort: ROUTER }, [output(CLOSED)])),
  flows(
    'a foreign flow through two tables',
    ISOLATED,
    MEMBER,
    foreign({ inPort: ISOLATED }, [load('reg1', 32, 77n)], { gotoTable: 200 }),
    foreign({ regs: { 1: { value: 77 } } }, [output(MEMBER)], { table: 200 }),
  ),
  flows(
    'a foreign flow of a fragment only',
    ISOLATED,
    MEMBER,
    foreign({ inPort: ISOLATED, ethType: 0x800, ipFrag: { value: 1, mask: 1 } }, [output(MEMBER)]),
  ),
  flows(
    'a foreign flow of one ARP target',
    ISOLATED,
    MEMBER,
    foreign({ inPort: ISOLATED, ethType: 0x806, arpTpa: { value: '10.0.0.9' } }, [output(MEMBER)]),
  ),
  flows(
    'a foreign flow of masked addresses',
    ISOLATED,
    MEMBER,
    foreign({ inPort: ISOLATED, ethDst: { value: '02:00:00:00:00:04', mask: 'ff:ff:ff:ff:ff:fc' } }, [output(MEMBER)]),
  ),
  flows(
    'a foreign flow of one IPv6 prefix',
    ISOLATED,
    MEMBER,
    foreign({ inPort: ISOLATED, ethType: 0x86dd, ipv6Dst: { value: '2001:db8::', mask: 'ffff:ffff::' } }, [
      output(MEMBER),
    ]),
  ),
  port('a port that is not parked any more', ISOLATED, OTHER, OTHER, { vlan: PLAIN }),
  port('a parked port that got its access VLAN back', ISOLATED, OTHER, OTHER, { vlan: { ...PLAIN, tag: 2102 } }),
  port('a parked port with one VLAN too many', ISOLATED, OTHER, OTHER, {
    vlan: { ...PLAIN, vlanMode: 'trunk', trunks: [2102, 4095] },
  }),
  port('a parked port with a native VLAN', ISOLATED, OTHER, OTHER, {
    vlan: { ...PLAIN, vlanMode: 'native-untagged', tag: 2102, trunks: [4095] },
  }),
  port('a parked port that is a tunnel of the Private VLAN', ISOLATED, OTHER, OTHER, {
    vlan: { ...PLAIN, vlanMode: 'dot1q-tunnel', tag: 2102 },
  }),
  port('an unparked port toward the wire', UPLINK, OTHER, OTHER, { vlan: PLAIN }),
  port('an unparked port toward a guest outside', OUTSIDE, OTHER, OTHER, { vlan: PLAIN }),
  setting('multicast that is flooded to a guest', ISOLATED, OTHER, (bridge) => ({
    multicastSnooping: true,
    ports: bridge.ports.map((one) => (one.ofports.includes(OTHER) ? { ...one, multicastFlood: true } : one)),
  })),
  setting('a patch cable from the uplink to the router’s port', OUTSIDE, OTHER, (bridge) => ({
    ports: bridge.ports.map((one) =>
      one.ofports.includes(UPLINK) ? { ...one, peer: { bridge: 'br0', port: portName(ROUTER) } } : one,
    ),
  })),
  ours('a flow of ours that admits any source', ISOLATED, UPLINK, guestFlow(ISOLATED), ({ match }) => ({
    match: anySource(match),
  })),
  ours('a guest’s flow that goes to the routers’ table', ISOLATED, MEMBER, guestFlow(ISOLATED), () => ({
    gotoTable: 66,
  })),
  ours('a guest’s flow that starts again as the router', ISOLATED, MEMBER, guestFlow(ISOLATED), ({ actions }) => ({
    actions: [...actions, { type: 'resubmit', table: 0, inPort: ROUTER }],
  })),
  ours(
    'the wire’s table that believes everybody',
    UPLINK,
    ISOLATED,
    ({ table, gotoTable }) => table === 64 && gotoTable === 66,
    ({ match }) => ({ match: anySource(match) }),
  ),
  ours(
    'frames of strangers that go to the wire’s table',
    OUTSIDE,
    ISOLATED,
    ({ table, gotoTable }) => table === 62 && gotoTable === 63,
    () => ({ gotoTable: 64, actions: [NORMAL] }),
  ),
];

function anySource(match: Match): Match {
  return Object.fromEntries(Object.entries(match).filter(([name]) => name !== 'ethSrc'));
}
