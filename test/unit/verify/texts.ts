/** What Open vSwitch 3.1.0 printed: an isolated guest's frame to a guest, flooded toward promiscuous ports, the uplink and a patch. */
export const FLOODED = `Flow: udp,in_port=2,vlan_tci=0x0000,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_src=192.0.2.1,nw_dst=192.0.2.254,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=49152,tp_dst=9

bridge("br0")
-------------
 0. in_port=2,vlan_tci=0x0000/0x0fff,dl_src=02:00:00:00:00:01, priority 220, cookie 0x7076000200000002
    set_field:0x836->reg0
    goto_table:60
60. reg0=0x836, priority 100, cookie 0x7076000100000836
    set_field:0x1836/0x1fff->vlan_tci
    set_field:ANY->in_port
    NORMAL
     -> no learned MAC for destination, flooding

bridge("br1")
-------------
 0. priority 0
    NORMAL
     -> no learned MAC for destination, flooding

Final flow: udp,reg0=0x836,in_port=ANY,dl_vlan=2102,dl_vlan_pcp=0,vlan_tci1=0x0000,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_src=192.0.2.1,nw_dst=192.0.2.254,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=49152,tp_dst=9
Megaflow: recirc_id=0,eth,ip,in_port=2,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_frag=no
Datapath actions: push_vlan(vid=2102,pcp=0),1,2,pop_vlan,7,push_vlan(vid=2102,pcp=0),9
`;

/** The same guest's frame, tagged by itself. */
export const DROPPED = `Flow: ip,in_port=2,dl_vlan=2102,dl_vlan_pcp=0,vlan_tci1=0x0000,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_src=0.0.0.0,nw_dst=0.0.0.0,nw_proto=0,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no

bridge("br0")
-------------
 0. in_port=2, priority 200, cookie 0x7076000200000002
    drop

Final flow: unchanged
Megaflow: recirc_id=0,eth,ip,in_port=2,dl_vlan=2102,dl_src=02:00:00:00:00:01,nw_frag=no
Datapath actions: drop
`;

/** A flow by hand with every action at once: it goes on after connection tracking. */
export const TRACKED = `Flow: udp,in_port=17,vlan_tci=0x0000,dl_src=02:00:00:00:01:01,dl_dst=02:00:00:00:00:02,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=0,tp_dst=0

bridge("br0")
-------------
 0. ip,in_port=17, priority 300
    CONTROLLER:65535
    output:7
     >> Flow is between protected ports, skipping output.
    ct(commit,table=3)
    drop
     -> A clone of the packet is forked to recirculate. The forked pipeline will be resumed at table 3.
     -> Sets the packet to an untracked state, and clears all the conntrack fields.

Final flow: unchanged
Megaflow: recirc_id=0,eth,udp,in_port=17,dl_dst=02:00:00:00:00:02,nw_ttl=64,nw_frag=no
Datapath actions: userspace(pid=0,controller(reason=1,dont_send=1,continuation=0,recirc_id=1,rule_cookie=0,controller_id=0,max_len=65535)),set(eth(dst=02:02:02:02:02:02)),ct(commit),recirc(0x2)

===============================================================================
recirc(0x2) - resume conntrack with default ct_state=trk|new (use --ct-next to customize)
===============================================================================

Flow: recirc_id=0x2,ct_state=new|trk,eth,udp,in_port=17

bridge("br0")
-------------
    thaw
        Resuming from table 3
 3. No match.
    drop

Final flow: unchanged
Megaflow: recirc_id=0x2,eth,ip,in_port=17,nw_frag=no
Datapath actions: drop
`;

export const PORTS = `netdev@ovs-netdev: hit:0 missed:0
  br0:
    br0 65534/1: (tap)
    e0 202/203: (dummy)
    g1 2/3: (dummy: stream=unix:/tmp/lab/a/nic/g1)
    p0 8/none: (patch: peer=p1)
    up0 1/2: (system)
    vx0 204/205: (vxlan: key=5, remote_ip=127.0.0.1)
    vx1 205/205: (vxlan: key=6, remote_ip=127.0.0.1)
  br1:
    br1 65534/9: (tap)
    p1 1/none: (patch: peer=p0)
`;

export const BONDS = `---- bond0 ----
bond_mode: balance-tcp
bond may use recirculation: yes, Recirc-ID : 3
bond-hash-basis: 0
lb_output action: disabled, bond-id: -1
updelay: 0 ms
downdelay: 0 ms
lacp_status: negotiated
active member mac: 00:00:00:00:00:00(none)

member e0: disabled
  may_enable: false

---- bond1 ----
bond_mode: balance-slb
bond may use recirculation: no, Recirc-ID : -1
lb_output action: enabled, bond-id: 7
`;

/** A router's frame for a guest, beside a bridge behind a patch port; a further output is made up. */
export const LEARNED = `Flow: udp,in_port=4,vlan_tci=0x0000,dl_src=02:00:00:00:00:02,dl_dst=02:00:00:00:00:01,nw_src=192.0.2.1,nw_dst=192.0.2.254,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no,tp_src=49152,tp_dst=9

bridge("br0")
-------------
 0. in_port=4,vlan_tci=0x0000/0x0fff, priority 210, cookie 0x7076000200000004
    set_field:0x836->reg0
    goto_table:66
66. reg0=0x836,dl_dst=02:00:00:00:00:01, priority 200, cookie 0x7076000200000003
    resubmit(,71)
    71. priority 100, cookie 0x7076000000000000
            move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]
             -> NXM_OF_ETH_DST[] is now 02:00:00:00:00:02
            NORMAL
             -> no learned MAC for destination, flooding

        bridge("br1")
        -------------
         0. dl_vlan=2102, priority 150, cookie 0x7076000100000836
            set_field:0x836->reg0
            mod_vlan_vid:7
            goto_table:62
        62. in_port=1, priority 150, cookie 0x7076000200000001
            goto_table:64
        64. priority 100, cookie 0x7076000000000000
            NORMAL
             -> no learned MAC for destination, flooding
    set_field:02:00:00:00:00:01->eth_dst
    set_field:0->vlan_tci
    output:3

    bridge("br2")
    -------------
        No match.
    output:4

Final flow: udp,reg0=0x836,in_port=4,vlan_tci=0x0000,dl_src=02:00:00:00:00:02,dl_dst=02:00:00:00:00:01,nw_src=192.0.2.1,nw_dst=192.0.2.254,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no,tp_src=49152,tp_dst=9
Megaflow: recirc_id=0,eth,ip,in_port=4,dl_src=02:00:00:00:00:02,dl_dst=02:00:00:00:00:01,nw_frag=no
Datapath actions: set(eth(dst=02:00:00:00:00:02)),push_vlan(vid=2102,pcp=0),1,2,3,set(eth(dst=02:00:00:00:00:01)),pop_vlan,4
`;
