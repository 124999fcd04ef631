import { execFileSync } from 'node:child_process';
import { hasFlowMonitor, isBefore, parseRelease, type Release } from '../../src/openflow/release.ts';
import { skip } from './skip.ts';

/** The release of the Open vSwitch that tests run with. */
export function releaseAtHand(): Release {
  const text = execFileSync('ovs-vswitchd', ['--version'], { encoding: 'utf8' });
  return parseRelease(/\d+\.\d+\.\d+/.exec(text)?.[0] ?? '') ?? [0, 0, 0];
}

/** Skips the test, and says why, where Open vSwitch has no flow monitor in OpenFlow 1.4 and 1.5. */
export function needsFlowMonitor(context: Mocha.Context): void {
  const release = releaseAtHand();
  if (!hasFlowMonitor(release)) skip(context, `Open vSwitch ${release.join('.')} has no flow monitor`);
}

/** Skips the test, and says why, where Open vSwitch is older than `first`. */
export function needsRelease(context: Mocha.Context, first: Release, why: string): void {
  const release = releaseAtHand();
  if (isBefore(release, first)) skip(context, `Open vSwitch ${release.join('.')} ${why}`);
}
