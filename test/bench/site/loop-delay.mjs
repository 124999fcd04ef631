// Loaded before the agent: keeps a histogram of how late its event loop is, and writes it to a file whenever it is asked by SIGUSR2.
import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const file = process.env['PVLAN_BENCH_LOOP'];
/** In milliseconds: what a timer is late by where nothing holds the loop is about as much. */
const RESOLUTION = 1;

if (file !== undefined) {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  histogram.enable();
  process.on('SIGUSR2', () => {
    const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION);
    const steps = [50, 90, 99, 99.9, 100].map((percent) => [percent, late(histogram.percentile(percent))]);
    writeFileSync(`${file}.new`, JSON.stringify({ max: late(histogram.max), percentiles: Object.fromEntries(steps) }));
    renameSync(`${file}.new`, file);
    histogram.reset();
  });
}
