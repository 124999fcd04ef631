/** The share of random cases that is tried; `npm run test:fast` tries few of each. */
const EFFORT = Number(process.env['PVLAN_TEST_EFFORT'] ?? 1);

/** How often a property is tried that the whole suite tries `whole` times; more with a `PVLAN_TEST_EFFORT` over 1. */
export function runs(whole: number): number {
  return Math.max(1, Math.ceil(whole * EFFORT));
}
