import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mac } from '../lab/ethernet.ts';
import type { Host } from '../lab/host.ts';
import { run } from '../lab/run.ts';

/**
 * What the agent is measured against: a libvirt hook that isolates guests by flows, three for each NIC, when it is called for
 * a domain that started, and takes them away when the domain stopped. The idea is a proof of concept that operators have run
 * for years; it is written anew with two kindnesses, so that not all of its results are the same: it also reads
 * `<interface type='bridge'>`, which libvirt 9 hands to hooks in place of `network`, and it keeps the flows of all NICs of a
 * domain. What is asked of a hook is in https://libvirt.org/hooks.html.
 */
const HOOK = `#!/bin/sh
domain=$1
task=$2
state=\${HOOK_STATE:-/run/hook-flows}
bridge=br0
mkdir -p "$state"

nics() {
  awk -F"'" '
    /<interface /       { mac = ""; group = ""; port = "" }
    /<mac address=/     { mac = $2 }
    /<target dev=/      { port = $2 }
    /<source .*portgroup=/ { group = $0; sub(/.*portgroup=./, "", group); sub(/[^-a-z0-9].*/, "", group) }
    /<\\/interface>/     { if (mac != "" && group != "" && port != "") print mac, group, port }
  '
}

forget() {
  [ -e "$state/$domain" ] || return 0
  sed -e 's/^priority=[0-9]*,//' -e 's/,actions=.*//' "$state/$domain" | ovs-ofctl del-flows "$bridge" -
  rm -f "$state/$domain"
}

isolate() {
  nics | while read -r mac group port; do
    case $group in isolated-*) ;; *) continue ;; esac
    vlan=\${group#isolated-}
    number=$(ovs-ofctl show "$bridge" | sed -n "s/^ *\\([0-9]*\\)($port).*/\\1/p")
    {
      echo "priority=201,dl_src=$mac,in_port=$number,dl_vlan=0xffff,actions=mod_vlan_vid:$vlan,normal"
      echo "priority=200,in_port=$number,actions=drop"
      echo "priority=201,dl_dst=$mac,dl_vlan=$vlan,actions=strip_vlan,output:$number"
    } >> "$state/$domain"
    ovs-ofctl mod-port "$bridge" "$number" no-flood
    ovs-ofctl add-flows "$bridge" "$state/$domain"
  done
}

case $task in
  started | migrate) isolate ;;
  stopped) forget ;;
  reconnect) forget; isolate ;;
esac
exit 0
`;

/** Makes the hook libvirt's; it must know of hooks when it starts, so it is started anew. */
export async function installHook(host: Host): Promise<void> {
  const folder = join(host.libvirt.configDir, 'hooks');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'qemu'), HOOK, { mode: 0o755 });
  await host.libvirt.killLibvirtd();
  await host.libvirt.startDaemons();
}

/** Calls the hook for a port that has no domain, as libvirt would for a domain that started. */
export async function runHook(
  host: Host,
  { name, mac, portgroup }: { readonly name: string; readonly mac: Mac; readonly portgroup: string },
): Promise<void> {
  const xml = `<interface type='bridge'>
<mac address='${mac}'/>
<source network='ovs' portgroup='${portgroup}' bridge='br0'/>
<target dev='${name}'/>
</interface>
`;
  const env = { OVS_RUNDIR: host.rundir, HOOK_STATE: join(host.folder, 'run', 'hook-flows') };
  await run(join(host.libvirt.configDir, 'hooks', 'qemu'), [name, 'started', 'begin', '-'], { env, input: xml });
}
