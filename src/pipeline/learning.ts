import type { Action, FieldName } from '../openflow/action.ts';
import type { Flow } from '../openflow/flow.ts';
import type { Mac } from '../pvlan/mac.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import type { PrimaryPlan } from './bridge-plan.ts';
import { BRIDGE_COOKIE, portCookie } from './cookie.ts';
import { Step, type Layout } from './layout.ts';
import { knowing } from './registers.ts';
import type { RoutersHere } from './routers.ts';
import { GROUP_ADDRESS, NORMAL, tagWith } from './steps.ts';

/**
 * A table that frames visit before they go to guests by name. NORMAL never sees those, and without it the switch would forget
 * where the router is and flood what guests answer. NORMAL learns a frame's sender in the frame's VLAN and delivers nothing: it
 * looks for the sender's own address, which is behind the port that the frame came in by (OVS `ofproto/ofproto-dpif-xlate.c`,
 * `xlate_normal`). The destination is not put back.
 */
export function learningFlows(layout: Layout): readonly Flow[] {
  const flow = { table: layout.learning, cookie: BRIDGE_COOKIE };
  return [
    // Nobody learns a group address, and everybody gets what is for one.
    { ...flow, priority: Step.REFUSE, match: { ethSrc: GROUP_ADDRESS }, actions: [] },
    { ...flow, priority: Step.DEFAULT, match: {}, actions: [move('eth_src', 0, 'eth_dst', 0, 48), NORMAL] },
  ];
}

/** Where a router is that is at home here, its port tells; without NORMAL nothing of it can be flooded while the switch has to learn anew. */
export function homeFlows({ primary }: PrimaryPlan, atHome: RoutersHere, layout: Layout): readonly Flow[] {
  return Array.from(atHome, ([mac, holders]) => ({
    table: layout.learning,
    priority: Step.EXACT,
    cookie: portCookie(holders[0]?.ofport ?? 0),
    match: { regs: knowing({ primary }), ethSrc: { value: mac } },
    actions: [],
  }));
}

/** Learns the sender of a frame to `mac`, which has to be as it came in. */
export function learnSenderTo(mac: Mac, layout: Layout): readonly Action[] {
  return [
    { type: 'resubmit', table: layout.learning },
    { type: 'load', to: { field: 'eth_dst', offset: 0, bits: 48 }, value: BigInt(`0x${mac.replaceAll(':', '')}`) },
  ];
}

/**
 * Learns the sender in further VLANs, and leaves the frame as it was. Open vSwitch learns addresses for each VLAN, but stations of a
 * Private VLAN are answered in another one than they speak in. Registers 3 to 5 keep the frame's destination and tag meanwhile.
 */
export function learnSenderIn(vlans: readonly VlanId[], layout: Layout): readonly Action[] {
  if (vlans.length === 0) return [];
  return [
    move('eth_dst', 0, 'reg3', 0, 32),
    move('eth_dst', 32, 'reg4', 0, 16),
    move('vlan_tci', 0, 'reg5', 0, 16),
    ...vlans.flatMap((vlan): Action[] => [tagWith(vlan), { type: 'resubmit', table: layout.learning }]),
    move('reg3', 0, 'eth_dst', 0, 32),
    move('reg4', 0, 'eth_dst', 32, 16),
    move('reg5', 0, 'vlan_tci', 0, 16),
  ];
}

function move(from: FieldName, fromOffset: number, to: FieldName, toOffset: number, bits: number): Action {
  return {
    type: 'move',
    from: { field: from, offset: fromOffset, bits },
    to: { field: to, offset: toOffset, bits },
  };
}
