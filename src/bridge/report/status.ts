import type { PortState } from './port-state.ts';

/** One port as the operator sees it. */
export interface PortStatus {
  readonly name: string;
  readonly ofport: number | undefined;
  readonly mac: string | undefined;
  readonly state: PortState;
  readonly waitsFor: string;
  /** `isolated-2102` and so on; undefined outside every Private VLAN and while not known. */
  readonly role: string | undefined;
  readonly portgroup: string | undefined;
  /** Which source told the portgroup. */
  readonly source: string | undefined;
  /** The file of libvirt's in which that source has it. */
  readonly sourceFile: string | undefined;
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

export interface BridgeStatus {
  readonly name: string;
  readonly openflow: 'connecting' | 'up' | 'down';
  /** Why the connection is down, and what to do about it. */
  readonly error: string | undefined;
  readonly flows: number;
  /** How often a flow, VLAN setting or mark of ours had to be written again because somebody changed it. */
  readonly repairs: number;
  readonly ports: readonly PortStatus[];
}
