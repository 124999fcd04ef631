import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { guestImage } from '../lab/guest-image.ts';
import type { Guest } from '../lab/guest.ts';
import { run } from '../lab/run.ts';

/** What runs first; the guest's own init, which follows, finds part of its work done. */
const FIRST = `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in $(cat /modules/order); do insmod /modules/$module; done
sh /script >/dev/null 2>&1 </dev/null &
exec /init
`;

/** Changes what libvirt knows of the guest, which is defined first if need be; in force at its next start. */
export async function redefine(guest: Guest, edit: (xml: string) => string): Promise<void> {
  const { libvirt, folder } = guest.host;
  const known = (await libvirt.virsh('list', '--all', '--name')).split('\n').includes(guest.name);
  if (!known) await guest.define();
  const file = join(folder, `${guest.name}-edited.xml`);
  await writeFile(file, edit(await libvirt.virsh('dumpxml', '--inactive', guest.name)));
  await libvirt.virsh('define', file);
}

/**
 * Has the guest run `script` in the background as soon as its network driver is there, before anything else: the earliest that
 * a guest can send. The kernel unpacks one archive after the other as if they were one
 * (Documentation/driver-api/early-userspace/buffer-format.rst).
 */
export async function runAtBoot(guest: Guest, script: string): Promise<void> {
  const { initramfs } = await guestImage();
  const folder = await mkdtemp(join(guest.host.folder, 'boot-'));
  await writeFile(join(folder, 'first'), FIRST, { mode: 0o755 });
  await writeFile(join(folder, 'script'), script);
  const archive = join(folder, 'archive');
  await run('cpio', ['--quiet', '-o', '-H', 'newc', '-D', folder, '-F', archive], { input: 'first\nscript' });
  const both = join(folder, 'initramfs.gz');
  await writeFile(both, Buffer.concat([await readFile(initramfs), gzipSync(await readFile(archive))]));
  await redefine(guest, (xml) => xml.replace(initramfs, both).replace('<cmdline>', '<cmdline>rdinit=/first '));
}
