import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { LabError } from './errors.ts';
import { run } from './run.ts';

/** In the order in which they depend on each other. */
const MODULES = [
  ...['virtio_ring', 'virtio', 'virtio_pci_legacy_dev', 'virtio_pci_modern_dev', 'virtio_pci'],
  ...['failover', 'net_failover', 'virtio_net', 'llc', 'stp', 'mrp', 'garp', '8021q'],
];

/** Kernels before 5.12 have these inside `virtio_pci`. */
const MODULES_OF_LATER_KERNELS: ReadonlySet<string> = new Set(['virtio_pci_legacy_dev', 'virtio_pci_modern_dev']);

/**
 * The guest's first and only program of its own. `lab.addr<N>=<address>/<length>` on the kernel command line sets an address
 * of eth<N>, and may come more than once. The shell on the console neither echoes nor prompts, so that all it prints is
 * the output of commands; it is started anew whenever it ends.
 */
const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/ PS1= PS2=
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in $(cat /modules/order); do insmod /modules/$module; done
ip link set lo up
for nic in /sys/class/net/eth*; do ip link set \${nic##*/} up; done
for word in $(cat /proc/cmdline); do
  case $word in
    lab.addr*=*) nic=\${word%%=*}; ip addr add \${word#*=} dev eth\${nic#lab.addr} ;;
  esac
done
stty -F /dev/ttyS0 -echo -onlcr
while :; do setsid -c sh </dev/ttyS0 >/dev/ttyS0 2>&1; done
`;

export interface GuestImage {
  readonly kernel: string;
  readonly initramfs: string;
  /** What the kernel needs to boot, in MiB. */
  readonly memoryMib: number;
}

/**
 * The newest Debian kernel in /boot and an initramfs of busybox and network drivers, which is built once per machine and
 * kernel. Throws LabError `LAB_REQUIREMENTS` when there is no kernel with modules.
 */
export async function guestImage(): Promise<GuestImage> {
  const version = await newestKernel();
  const kernel = `/boot/vmlinuz-${version}`;
  const cache = join(tmpdir(), 'pvlan-lab-cache');
  const key = createHash('sha256').update(INIT).update(MODULES.join()).digest('hex').slice(0, 8);
  const initramfs = join(cache, `initramfs-${version}-${key}.gz`);
  await mkdir(cache, { recursive: true, mode: 0o700 });
  try {
    await stat(initramfs);
  } catch {
    await build(version, cache, initramfs);
  }
  return { kernel, initramfs, memoryMib: memoryFor(version) };
}

/** With 96 MiB kernels from 6.12 on panic while they unpack the initramfs. */
function memoryFor(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 12) ? 256 : 96;
}

async function newestKernel(): Promise<string> {
  const withModules = new Set(await readdir('/lib/modules').catch(() => []));
  const versions = (await readdir('/boot').catch(() => []))
    .filter((name) => name.startsWith('vmlinuz-'))
    .map((name) => name.slice('vmlinuz-'.length))
    .filter((version) => withModules.has(version));
  // The cloud flavour boots quickest without real hardware.
  const cloud = versions.filter((version) => version.includes('cloud'));
  const newest = (cloud.length > 0 ? cloud : versions)
    .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
    .at(-1);
  if (newest === undefined) {
    throw new LabError('LAB_REQUIREMENTS', 'guests need a kernel in /boot: apt-get install linux-image-cloud-amd64');
  }
  return newest;
}

async function build(version: string, cache: string, target: string): Promise<void> {
  const root = await mkdtemp(join(cache, 'build-'));
  try {
    for (const folder of ['bin', 'proc', 'sys', 'dev', 'modules']) await mkdir(join(root, folder));
    await copyFile('/bin/busybox', join(root, 'bin', 'busybox'));
    const order: string[] = [];
    for (const module of MODULES) {
      const asked = run('modinfo', ['-k', version, '-n', module]);
      const file = await (MODULES_OF_LATER_KERNELS.has(module) ? asked.catch(() => '(builtin)') : asked);
      if (file === '(builtin)') continue;
      order.push(basename(file));
      await copyFile(file, join(root, 'modules', basename(file)));
    }
    await writeFile(join(root, 'modules', 'order'), order.join('\n'));
    await writeFile(join(root, 'init'), INIT, { mode: 0o755 });
    const names = ['init', 'bin', 'bin/busybox', 'proc', 'sys', 'dev', 'modules', 'modules/order'];
    const files = [...names, ...order.map((name) => `modules/${name}`)];
    const archive = join(root, 'archive');
    await run('cpio', ['--quiet', '-o', '-H', 'newc', '-D', root, '-F', archive], { input: files.join('\n') });
    // Another process may be building the same: a rename makes either one's work appear whole.
    await writeFile(join(root, 'archive.gz'), gzipSync(await readFile(archive)));
    await rename(join(root, 'archive.gz'), target);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
