/** Skips the test, or what the hook is for, and says why. */
export function skip(context: Mocha.Context, why: string): never {
  process.stdout.write(`      skipped: ${why}\n`);
  context.skip();
}
