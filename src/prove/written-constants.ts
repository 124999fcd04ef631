import type { Action } from '../openflow/action.ts';
import type { Flow } from '../openflow/flow.ts';
import type { MatchField } from '../openflow/match-fields.ts';
import { exactly, fieldIndex, TAGGED } from './header-space.ts';
import type { Constraint } from './domain.ts';

/** Values that flows write into fields of frames: the proof has to tell them from all others. */
export function* writtenConstants(flows: Iterable<Flow>): Generator<readonly [MatchField['name'], Constraint]> {
  for (const { actions } of flows) {
    for (const action of actions) {
      const constant = writtenBy(action);
      if (constant !== undefined) yield constant;
    }
  }
}

function writtenBy(action: Action): readonly [MatchField['name'], Constraint] | undefined {
  if (action.type !== 'load') return undefined;
  const { to, value } = action;
  switch (to.field) {
    case 'vlan_tci':
      return (value & TAGGED) === 0n ? undefined : ['vlan', exactly(fieldIndex('vlan'), value & 0x1fffn)];
    case 'eth_src':
      return ['ethSrc', exactly(fieldIndex('ethSrc'), value)];
    case 'eth_dst':
      return ['ethDst', exactly(fieldIndex('ethDst'), value)];
    case 'arp_op':
      return ['arpOp', exactly(fieldIndex('arpOp'), value)];
    case 'arp_spa':
      return ['arpSpa', exactly(fieldIndex('arpSpa'), value)];
    case 'arp_tpa':
      return ['arpTpa', exactly(fieldIndex('arpTpa'), value)];
    case 'arp_sha':
      return ['arpSha', exactly(fieldIndex('arpSha'), value)];
    case 'arp_tha':
      return ['arpTha', exactly(fieldIndex('arpTha'), value)];
    default:
      return undefined;
  }
}
