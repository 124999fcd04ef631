/** A release of Open vSwitch: major, minor and patch number. */
export type Release = readonly [major: number, minor: number, patch: number];

/**
 * The release that `software` names, as Open vSwitch describes itself (`2.17.9`, `3.1.0-rc1`); undefined for anything else, such as
 * another maker's switch.
 */
export function parseRelease(software: string): Release | undefined {
  const match = /^(\d{1,4})\.(\d{1,4})\.(\d{1,6})(?![\d])/.exec(software);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

/** Whether `release` is known to be older than `other`. */
export function isBefore(release: Release, other: Release): boolean {
  for (const [index, number] of release.entries()) {
    const limit = other[index] ?? 0;
    if (number !== limit) return number < limit;
  }
  return false;
}

/**
 * Whether a release has the flow monitor in OpenFlow 1.4 and 1.5. Before 3.0 it has one in OpenFlow 1.0 alone, and answers with an
 * error that names neither the version nor the request.
 */
export function hasFlowMonitor(release: Release): boolean {
  return !isBefore(release, [3, 0, 0]);
}

/** By minor release of 2.x, the first patch release in which NORMAL can do without an input port. */
const FIRST_FIXED: ReadonlyMap<number, number> = new Map([
  [13, 7],
  [14, 5],
  [15, 4],
  [16, 3],
  [17, 1],
]);

/**
 * Whether NORMAL can switch a frame whose input port is OFPP_NONE: elsewhere it follows a null pointer and ovs-vswitchd dies (mended by
 * commit 0027b3b46, "Fix NULL pointer dereference in xlate_normal()"). A release that is not known is not trusted with it; nor is
 * a distribution's own mending, since the number does not tell of it.
 */
export function normalNeedsNoInPort(release: Release | undefined): boolean {
  if (release === undefined) return false;
  const [major, minor, patch] = release;
  if (major !== 2) return major > 2;
  const fixed = FIRST_FIXED.get(minor);
  return fixed !== undefined && patch >= fixed;
}
