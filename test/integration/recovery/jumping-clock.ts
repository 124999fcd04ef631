/**
 * Loaded before the agent, gives it a wall clock that jumps: two years ahead at the first SIGUSR2, as far back and further at
 * the next, right at the third, and so on. It is the process's own; what else Node measures time by (timers, performance.now) stays the kernel's monotonic clock.
 */
const YEAR_MS = 365 * 86_400_000;
const OFFSETS = [2 * YEAR_MS, -3 * YEAR_MS, 0];

const RealDate = Date;
let offset = -YEAR_MS;
const now = (): number => RealDate.now() + offset;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, parameters: unknown[]) =>
    Reflect.construct(target, parameters.length === 0 ? [now()] : parameters) as Date,
  apply: () => new RealDate(now()).toString(),
  get: (target, name): unknown => (name === 'now' ? now : Reflect.get(target, name)),
});

process.on('SIGUSR2', () => {
  offset = OFFSETS.shift() ?? offset;
  OFFSETS.push(offset);
  process.stderr.write(`the wall clock says ${new Date().getFullYear()}\n`);
});
