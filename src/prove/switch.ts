import type { Flow } from '../openflow/flow.ts';
import type { VlanSetting } from '../pvlan/vlan-setting.ts';

/** One port of a bridge as the proof sees it: a bundle of one or more OpenFlow ports. */
export interface ProvedPort {
  readonly name: string;
  /** OpenFlow 1.1 numbering; several for a bond, none for a port that ovs-vswitchd has not numbered. */
  readonly ofports: readonly number[];
  /** The setting that ovs-vswitchd has in force. */
  readonly vlan: VlanSetting;
  /** Column `cvlans`, for `dot1q-tunnel` ports alone; empty: all. */
  readonly cvlans: readonly number[];
  /** Its `mcast-snooping-flood` or `mcast-snooping-flood-reports` is set: multicast reaches it whatever its VLANs are. */
  readonly multicastFlood: boolean;
  /** The bridge and port at the other end, where this is a patch port whose peer is there. */
  readonly peer: { readonly bridge: string; readonly port: string } | undefined;
}

/** A mirror of a bridge: what it selects goes out by a port or floods a VLAN. */
export interface ProvedMirror {
  readonly name: string;
  readonly selectAll: boolean;
  /** Names of ports. */
  readonly selectSource: readonly string[];
  readonly selectDestination: readonly string[];
  readonly outputPort: string | undefined;
  readonly outputVlan: number | undefined;
}

export interface ProvedBridge {
  readonly name: string;
  readonly ports: readonly ProvedPort[];
  /** Everybody's flows. */
  readonly flows: readonly Flow[];
  readonly mirrors: readonly ProvedMirror[];
  /** `mcast_snooping_enable`. */
  readonly multicastSnooping: boolean;
  /** `other_config:forward-bpdu`. */
  readonly forwardBpdu: boolean;
}

/** All that decides what becomes of a frame: flows and settings, read at one time. */
export interface ProvedSwitch {
  readonly bridges: readonly ProvedBridge[];
  /** `other_config:vlan-limit`: how many tags ovs-vswitchd looks at; the proof knows of one. */
  readonly vlanLimit: number;
}
