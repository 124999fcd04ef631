import type { PortState } from './port-state.ts';

/** One port as the operator sees it. */
export interface PortStatus {
  readonly name: string;
  /** What its guest's domain is called; undefined where nobody tells. */
  readonly guest: string | undefined;
  /** The uuid of that domain, and the NIC's own, as the port's external_ids have them. */
  readonly domain: string | undefined;
  readonly interfaceId: string | undefined;
  readonly ofport: number | undefined;
  readonly mac: string | undefined;
  readonly state: PortState;
  readonly waitsFor: string;
  /** `isolated-2102` and so on; undefined outside every Private VLAN and while not known. */
  readonly role: string | undefined;
  /** The primary VLAN of its role. */
  readonly pvlan: number | undefined;
  /** The only IP addresses it may use, with their prefix length; undefined where they are not known, and so not checked. */
  readonly addresses: readonly string[] | undefined;
  readonly portgroup: string | undefined;
  /** Which source told the portgroup. */
  readonly source: string | undefined;
  /** The file of libvirt's in which that source has it. */
  readonly sourceFile: string | undefined;
  /** Milliseconds from the first look at the port until it was installed; undefined where that was before this agent. */
  readonly installedAfterMs: number | undefined;
  /** What the operator should know of the port though nothing is wrong with it. */
  readonly note: string | undefined;
  /** It is a guest's, outside every Private VLAN, and open. */
  readonly outside: boolean;
  /** Why the port is not open, or does not count as installed; `closes`: no frame of it passes. */
  readonly hold:
    | {
        readonly code: string;
        readonly message: string;
        readonly remedy: string | undefined;
        readonly alarm: boolean;
        readonly closes: boolean;
      }
    | undefined;
  /** Why the port is quarantined: what its verdict says. */
  readonly quarantine: { readonly code: string; readonly message: string; readonly alarm: boolean } | undefined;
}

/** One Private VLAN on one bridge, and what is on its wire. */
export interface PvlanStatus {
  readonly primary: number;
  readonly wireMode: 'single' | 'secondary';
  /** Ports that lead to other switches and carry the Private VLAN. */
  readonly uplinks: readonly string[];
  /** Promiscuous ports here. */
  readonly routers: readonly string[];
  /** Addresses of routers elsewhere that are believed here: those that the operator lists, and those of this host's other bridges. */
  readonly listed: readonly string[];
}

export interface BridgeStatus {
  readonly name: string;
  readonly pvlans: readonly PvlanStatus[];
  readonly openflow: 'connecting' | 'up' | 'down';
  /** Why the connection is down, and what to do about it. */
  readonly error: string | undefined;
  /** How many flows of ours are there; undefined where they cannot be read. */
  readonly flows: number | undefined;
  /** How often a flow, VLAN setting or mark of ours had to be written again because somebody changed it; undefined without an agent. */
  readonly repairs: number | undefined;
  /** OpenFlow connections that were made after the first. */
  readonly reconnects?: number;
  readonly ports: readonly PortStatus[];
}
