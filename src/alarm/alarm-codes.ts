/** What an alarm of some code says in general. */
export interface AlarmKind {
  /** What is the case, as one sentence. */
  readonly meaning: string;
  /** What the operator can do, where the alarm itself knows nothing more precise. */
  readonly remedy: string;
  /** It is told like an alarm, and no reason for `status` to fail: nothing is wrong, and could be better. */
  readonly advice?: true;
}

/**
 * Every alarm there is. The codes are for programs: a code keeps its meaning, and none is used again for another.
 * `scripts/generate-alarm-docs.mjs` writes the table into docs/operations.md.
 */
export const ALARM_KINDS = {
  unresolved: {
    meaning:
      'A port is closed because the sources contradict each other about its portgroup, or nobody tells it any more.',
    remedy: 'give the port a portgroup that every source tells alike',
  },
  'half-known': {
    meaning: 'A port is closed because it has a role and no usable MAC address.',
    remedy: "write the guest's station address to attached-mac in the external_ids of its Interface",
  },
  'invalid-portgroup': {
    meaning: "A port is closed because its portgroup's name looks like a Private VLAN's and is none.",
    remedy: 'rename the portgroup, or give it a role in the configuration',
  },
  'promiscuous-mac': {
    meaning: 'A guest is closed because it claims the address of a router.',
    remedy: 'give the guest another address',
  },
  'port-failed': {
    meaning: "A guest's port is closed because ovs-vswitchd could not add it, as after a crash of the host.",
    remedy: "if its guest does not run here, run 'ovs-vsctl del-port' for it; else start the guest anew",
  },
  'duplicate-mac': {
    meaning: 'A guest is closed because another guest of its Private VLAN has its address already.',
    remedy: 'give one of them another address',
  },
  'duplicate-ofport': {
    meaning: 'A port is closed because OVSDB gives its OpenFlow number to another port, too.',
    remedy: 'wait until ovs-vswitchd has numbered them, or remove one of them',
  },
  'vlan-conflict': {
    meaning: 'A port is closed because its own VLAN setting contradicts its role, or cannot be known.',
    remedy: "correct the VLAN setting of the port's portgroup",
  },
  'secondary-vlan': {
    meaning: 'A port is closed because it uses a secondary VLAN that is not its own, or has none.',
    remedy: 'name the primary VLAN, or add the secondary VLAN to the configuration',
  },
  'guest-facts': {
    meaning: "A guest is closed because what its domain's metadata says of its addresses cannot be known.",
    remedy: "correct the metadata, or give the agent access to libvirt's status files",
  },
  'several-interfaces': {
    meaning: 'A port that joins several interfaces is closed because one of them says that it is a guest.',
    remedy: 'give the guest a port of its own',
  },
  'doubtful-portgroup': {
    meaning: "A guest is outside though its portgroup's name speaks of a role, or of a Private VLAN of the host.",
    remedy: 'rename the portgroup, or give it a role in the configuration',
  },
  'like-communities': {
    meaning: 'Two communities of a Private VLAN have names that differ in letter case alone.',
    remedy: 'give both portgroups one name, if they are to be one community; else another name to one of them',
  },
  'portgroup-lost': {
    meaning:
      'A guest runs without the portgroup that it had, or that its definition gives it; its port keeps that role.',
    remedy: "give the NIC its portgroup again by 'virsh update-device', or plug it anew",
  },
  outside: {
    meaning: "A guest is closed because it is outside every Private VLAN, and the bridge's policy closes such guests.",
    remedy: "give its NIC a portgroup (role: none will do), or say 'open' of the bridge under 'outside'",
  },
  'no-openflow': {
    meaning: 'A bridge cannot be reached over OpenFlow: its flows stay as they are, and nothing new is opened.',
    remedy: 'start ovs-vswitchd, and see that its run folder is visible to the agent; it is tried again all the time',
  },
  'flows-failed': {
    meaning: "A bridge's flows could not be brought to what is wanted.",
    remedy: 'it is tried again every second',
  },
  'rows-failed': {
    meaning: 'VLAN settings or marks could not be written to OVSDB.',
    remedy: 'it is tried again every second',
  },
  'flows-refused': {
    meaning: "ovs-vswitchd refuses a port's flows; the port stays closed and keeps nobody else from being served.",
    remedy: 'make room in the table: it is tried again every few seconds',
  },
  'place-taken': {
    meaning:
      "A foreign flow has the table, priority and match of one of the agent's; what that one serves stays closed.",
    remedy: 'remove it, give it another priority, or choose other tables and priorities for the agent',
  },
  'normal-crash': {
    meaning: 'A guest is closed because this release of Open vSwitch dies of frames without an input port.',
    remedy: "upgrade Open vSwitch, or make the bridge's own port a trunk of all VLANs",
  },
  'foreign-flow': {
    meaning: "A foreign flow comes before the agent's flows, or is in one of the agent's tables.",
    remedy: 'lower its priority, move it, or choose other tables',
  },
  'fought-over': {
    meaning: 'Another writer keeps undoing what the agent does.',
    remedy: 'find and stop it',
  },
  'fails-open': {
    meaning: 'A bridge forgets all flows while its controller is away.',
    remedy: "run 'ovs-vsctl set-fail-mode <bridge> secure', or remove the controller",
  },
  'multicast-flood': {
    meaning: "A guest's port gets its neighbours' multicast by its other_config, whatever its flows are.",
    remedy: 'remove mcast-snooping-flood and mcast-snooping-flood-reports from the other_config of the port',
  },
  'flood-vlan': {
    meaning: 'Open vSwitch learns no addresses in a VLAN of a Private VLAN, so third parties hear unicast.',
    remedy: "run 'ovs-vsctl remove Bridge <bridge> flood_vlans <vlan>'",
  },
  'no-second-lock': {
    meaning:
      'A bridge does not speak OpenFlow 1.0, so nothing but their VLAN setting keeps guests from what is flooded.',
    remedy: "run 'ovs-vsctl add Bridge <bridge> protocols OpenFlow10'",
  },
  'database-silent': {
    meaning:
      'ovsdb-server keeps its connection and answers nothing: what is installed stays, and no new guest is seen.',
    remedy: 'see whether its process is stopped or busy; if it lasts, start it again',
  },
  'protected-uplink': {
    meaning: "An uplink or a router's port is protected, so isolated guests do not hear the routers there.",
    remedy: "run 'ovs-vsctl set Port <port> protected=false'",
  },
  'parking-vlan': {
    meaning: 'Advice: ports carry VLAN 4095, in which parked ports are heard while a bridge has no flows at all.',
    remedy: 'give the ports trunks without 4095',
    advice: true,
  },
  'spanning-tree': {
    meaning: "Guests' ports take part in the bridge's spanning tree, so a guest's BPDU can make it the root.",
    remedy: 'set other_config:stp-enable=false (rstp-enable=false) of the ports',
  },
  'blind-mirror': {
    meaning: 'A mirror selects ports of guests, and sees none of their frames.',
    remedy: "mirror the ports of routers and other switches in the Private VLAN's VLAN",
  },
  'unnamed-container': {
    meaning: "A port that looks like a container's says nothing of its guest, and counts as a guest outside.",
    remedy: 'give it external_ids, or call it an uplink by external_ids:pvlan-uplink=true of its Port',
  },
  'vlan-limit': {
    meaning: 'Open vSwitch looks at more than one VLAN tag: guests outside can hide a tag behind another.',
    remedy: "run 'ovs-vsctl remove Open_vSwitch . other_config vlan-limit' and restart ovs-vswitchd",
  },
  'configuration-refused': {
    meaning: 'A configuration that the agent was told to take over is wrong; the one before stays in force.',
    remedy: "correct it, see 'pvlan-agent config', and send SIGHUP again",
  },
  'missing-bridge': {
    meaning:
      'The configuration names a bridge that the host does not have, or a fake bridge, which is a VLAN of another.',
    remedy: "correct the name, or make the bridge with 'ovs-vsctl add-br'; of a fake bridge, name the parent",
  },
  'fleet-away': {
    meaning: "The fleet's database cannot be reached; what was known of other hosts stays in force.",
    remedy: 'see that its servers run and can be reached from this host',
  },
  'fleet-refused': {
    meaning: "The fleet's database refuses what this host tells of itself.",
    remedy:
      "give this host a certificate whose common name is its name in the fleet, and the servers' remote the role of hosts",
  },
  'fleet-fenced': {
    meaning: 'Another agent publishes in the name of this host, and this one has stopped to.',
    remedy: 'give each host a name of its own (fleet.host), and start the agent again',
  },
  'fleet-duplicate': {
    meaning: 'Another host says that it has an address of this host; nothing changes here by that.',
    remedy: 'give one of them another address; if that host has no such port, find out who has its certificate',
  },
  'fleet-dual': {
    meaning: 'One NIC is plugged in on two hosts, and no migration is under way.',
    remedy: 'see on which host the guest runs, and take the port of the other away',
  },
  'fleet-excess': {
    meaning: 'A host tells the fleet more than is believed of one, or what makes no sense.',
    remedy: 'find out who has its certificate; revoke it if nobody knows',
  },
  'fleet-silent': {
    meaning: 'The janitor has not heard of a host for a while; what it told stays in force.',
    remedy: "see whether it runs; if it is gone for good, 'pvlan-agent fleet forget' takes away what it told",
  },
} as const satisfies Readonly<Record<string, AlarmKind>>;

export type AlarmCode = keyof typeof ALARM_KINDS;
