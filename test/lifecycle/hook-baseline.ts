import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mac } from '../lab/ethernet.ts';
import type { Host } from '../lab/host.ts';
import { run } from '../lab/run.ts';

/**
 * What the agent is measured against: a libvirt hook that isolates guests by flows, three for each NIC, when it is called for
 * a domain that started, and takes them away when the domain stopped. The idea is a proof of concept that operators have run
 * for years. It is written anew, and kinder to the hook than that was, so that the comparison is with the best that a hook of
 * its kind can do:
 * - it also reads `<interface type='bridge'>`, which libvirt 9 hands to hooks in place of `network` (unless `types` says otherwise);
 * - it keeps the flows of all NICs of a domain, where the first one kept those of the last;
 * - it takes away exactly the flows that it kept itself, whatever the XML of a stopped domain says, and none by a loose match;
 * - it restores its flows when libvirtd reconnects to a guest, and knows the task `migrate`;
 * - it leaves the guest's offloads alone, which the first one switched off with ethtool at each start; the lab's NICs have none.
 * What is asked of a hook is in https://libvirt.org/hooks.html.
 */
const HOOK = `#!/bin/sh
domain=$1
task=$2
state=\${HOOK_STATE:-/run/hook-flows}
bridge=br0
types='@TYPES@'
mkdir -p "$state"

nics() {
  awk -F"'" -v types="$types" '
    /<interface /       { mac = ""; group = ""; port = ""; wanted = index(types, " " $2 " ") }
    /<mac address=/     { mac = $2 }
    /<target dev=/      { port = $2 }
    /<source .*portgroup=/ { group = $0; sub(/.*portgroup=./, "", group); sub(/[^-a-z0-9].*/, "", group) }
    /<\\/interface>/     { if (wanted && mac != "" && group != "" && port != "") print mac, group, port }
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

export interface HookOptions {
  /** Of `<interface type=>`, which it looks at. Default: both that libvirt has handed to hooks. */
  readonly types?: readonly string[];
}

/** Makes the hook libvirt's; it must know of hooks when it starts, so it is started anew. */
export async function installHook(host: Host, { types = ['network', 'bridge'] }: HookOptions = {}): Promise<void> {
  const folder = join(host.libvirt.configDir, 'hooks');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'qemu'), HOOK.replace('@TYPES@', ` ${types.join(' ')} `), { mode: 0o755 });
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
