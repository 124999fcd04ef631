/** A capability of the agent that test cases make use of; one that is off is neither configured nor expected. */
export interface Features {
  /** Guests' priority-tagged frames (VID 0) are delivered; off: they may be dropped. */
  readonly priorityTags: boolean;
  /** ARP senders and link-layer options of neighbour discovery are held to the guest's own addresses. */
  readonly sourceGuards: boolean;
  /** Private VLANs with a VLAN for the isolated set and one for each community. */
  readonly secondaryMode: boolean;
  /** Guests with further addresses of their own, and guests whose IP addresses are known. */
  readonly guestFacts: boolean;
  /** Promiscuous ports that are trunks, at a hypervisor. */
  readonly promiscuousTrunks: boolean;
}

export const FEATURES: Features = {
  priorityTags: true,
  sourceGuards: true,
  secondaryMode: true,
  guestFacts: true,
  promiscuousTrunks: true,
};
