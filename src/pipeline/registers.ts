import type { Action } from '../openflow/action.ts';
import type { Masked } from '../openflow/match.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';

/** What the pipeline knows of a frame, in registers 0 to 2 from table 0 on. */
export interface FrameFacts {
  /** Register 0: the primary VLAN it belongs to. */
  readonly primary?: VlanId;
  /** Register 1: its sender's community (see `communityNumbers`), 0 for none. */
  readonly community?: number;
  /** Register 2: the VLAN it came in by, primary or secondary. */
  readonly vlan?: VlanId;
}

/** Matches frames of which `facts` are known. */
export function knowing(facts: FrameFacts): Readonly<Record<number, Masked<number>>> {
  return {
    ...(facts.primary === undefined ? {} : { 0: { value: facts.primary } }),
    ...(facts.community === undefined ? {} : { 1: { value: facts.community } }),
    ...(facts.vlan === undefined ? {} : { 2: { value: facts.vlan } }),
  };
}

/** Actions that remember `facts`; registers are zero before, so that no community needs no action. */
export function remember(facts: FrameFacts): readonly Action[] {
  return [
    ...(facts.primary === undefined ? [] : [load('reg0', facts.primary)]),
    ...(facts.community === undefined || facts.community === 0 ? [] : [load('reg1', facts.community)]),
    ...(facts.vlan === undefined ? [] : [load('reg2', facts.vlan)]),
  ];
}

function load(field: 'reg0' | 'reg1' | 'reg2', value: number): Action {
  return { type: 'load', to: { field, offset: 0, bits: 32 }, value: BigInt(value) };
}
