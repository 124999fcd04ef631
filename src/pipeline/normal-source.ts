import { Port, type Action } from '../openflow/action.ts';
import { normalNeedsNoInPort, parseRelease } from '../openflow/release.ts';
import type { SwitchPort } from '../pvlan/switch-port.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import { carriesTagged } from '../pvlan/vlan-setting.ts';
import { FORGET_IN_PORT, NORMAL, outputTo, tagWith } from './steps.ts';

/**
 * As whose frames NORMAL switches those of parked ports, which it would refuse by their VLAN setting: as nobody's, or, where
 * ovs-vswitchd dies of that, as those of the bridge's own port.
 */
export type NormalSource = 'none' | 'local';

/** The source for a switch that describes itself as `software`. A release that nobody knows is not trusted with nobody's frames. */
export function normalSourceOf(software: string | undefined): NormalSource {
  return normalNeedsNoInPort(software === undefined ? undefined : parseRelease(software)) ? 'none' : 'local';
}

const FROM_LOCAL: Action = { type: 'load', to: { field: 'in_port', offset: 0, bits: 16 }, value: 0xfffen };

/**
 * Actions that hand a guest's frame to NORMAL in VLAN `vlan`. They come last: after them `protected` no longer knows the sender.
 * NORMAL never sends a frame back to where it came from, so the bridge's own port gets it outright where it is the source. NORMAL
 * then learns the guest's address there, by which nothing is decided: whoever may speak to a guest reaches it by a flow.
 */
export function handToNormal(vlan: VlanId, source: NormalSource): readonly Action[] {
  const sourced = source === 'none' ? [FORGET_IN_PORT] : [outputTo(Port.LOCAL), FROM_LOCAL];
  return [tagWith(vlan), ...sourced, NORMAL];
}

/** Whether `port` is the bridge's own. */
export function isLocal({ ofports }: Pick<SwitchPort, 'ofports'>): boolean {
  return ofports.includes(Port.LOCAL);
}

/** Whether NORMAL takes frames of VLAN `vlan` from `source`, where `local` is the bridge's own port. */
export function takesFrom(source: NormalSource, local: Pick<SwitchPort, 'vlan'> | undefined, vlan: VlanId): boolean {
  return source === 'none' || (local !== undefined && carriesTagged(local.vlan, vlan));
}
