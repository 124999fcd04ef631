import { libvirtRelease, updatesPortgroups } from '../lab/libvirt-release.ts';
import { skip } from './skip.ts';

/** Skips the test, and says why, where libvirt refuses to give a NIC another portgroup. */
export async function needsPortgroupUpdates(context: Mocha.Context): Promise<void> {
  if (!(await updatesPortgroups())) await skipFor(context, 'refuses another portgroup in update-device');
}

/** Skips the test, and says why, where libvirt gives a NIC another portgroup. */
export async function needsPortgroupRefusal(context: Mocha.Context): Promise<void> {
  if (await updatesPortgroups()) await skipFor(context, 'takes another portgroup in update-device');
}

async function skipFor(context: Mocha.Context, why: string): Promise<never> {
  return skip(context, `libvirt ${(await libvirtRelease()).join('.')} ${why}`);
}
