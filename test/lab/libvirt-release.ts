import { run } from './run.ts';

/** The libvirt of the machine, such as `[9, 0, 0]`. */
export async function libvirtRelease(): Promise<readonly number[]> {
  const text = await run('libvirtd', ['--version']);
  return (/(\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1) ?? []).map(Number);
}

/**
 * Whether `update-device` may give a NIC another portgroup: libvirt refuses it since 10.6 ("changing device parameter portgroup is
 * not possible" in src/qemu/qemu_hotplug.c).
 */
export async function updatesPortgroups(): Promise<boolean> {
  const [major = 0, minor = 0] = await libvirtRelease();
  return major < 10 || (major === 10 && minor < 6);
}
