/** Standard action types (OpenFlow 1.5 section 7.2.6). */
export const ActionType = {
  OUTPUT: 0,
  PUSH_VLAN: 17,
  POP_VLAN: 18,
  SET_FIELD: 25,
  COPY_FIELD: 28,
  EXPERIMENTER: 0xffff,
} as const;

/** Experimenter id of Nicira, whose actions Open vSwitch extends OpenFlow with. */
export const NICIRA = 0x00002320;

/** Nicira's action subtypes (OVS `lib/ofp-actions.c`). */
export const NiciraAction = { REG_MOVE: 6, REG_LOAD: 7, RESUBMIT_TABLE: 14 } as const;
