/** A VLAN id that may name a Private VLAN: 1 to 4094 (IEEE 802.1Q; 0 means "priority tag only", 4095 is reserved). */
export type VlanId = number & { readonly __vlanId: unique symbol };

/** The reserved VLAN that parked ports are a trunk of: no frame may carry it, so nothing is ever delivered there. */
export const PARKING_VLAN = 4095;

/** `value` as a VLAN id, or undefined when it is not an integer from 1 to 4094. */
export function vlanId(value: number): VlanId | undefined {
  return Number.isInteger(value) && value >= 1 && value <= 4094 ? (value as VlanId) : undefined;
}
