import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { execa } from 'execa';
import { births, bundlesAtBirth, type Birth } from './births.ts';
import { flowMods, type Way } from './flow-mods.ts';
import { deletedFlows, idle, lostFrames, restart, startup } from './restarts.ts';
import { Stage } from './stage.ts';
import { percentile } from './statistics.ts';

const { values } = parseArgs({ options: { ports: { type: 'string', default: '200' } } });
const ports = Number(values.ports);

const table = new Table({ head: ['measured', 'times', 'p50', 'p99', 'unit'], style: { head: [], border: [] } });

function times(what: string, measured: readonly number[], unit = 'ms'): void {
  table.push([what, measured.length, percentile(measured, 50).toFixed(2), percentile(measured, 99).toFixed(2), unit]);
}

function value(what: string, number: number, unit: string, digits = 0): void {
  table.push([what, 1, number.toFixed(digits), '', unit]);
}

function progress(what: string): void {
  process.stderr.write(`bench: ${what}\n`);
}

function born(how: string, measured: readonly Birth[]): void {
  times(
    `port number in OVSDB → flows in the switch, ${how}`,
    measured.map(({ flow }) => flow),
  );
  times(
    `port number in OVSDB → mark in OVSDB, ${how}`,
    measured.map(({ mark }) => mark),
  );
}

function ways(compared: readonly Way[]): void {
  const ours = percentile(compared[0]?.times ?? [], 50);
  for (const [index, way] of compared.entries()) {
    const ratio = percentile(way.times, 50) / ours;
    times(index === 0 ? way.name : `${way.name} (${ratio.toFixed(0)} times as long)`, way.times);
  }
}

const stage = await Stage.create();
try {
  progress('startup');
  const starts: number[] = [];
  for (let count = 0; count < 5; count += 1) starts.push(await startup(stage));
  times('start of the process → it answers', starts);

  progress('the first ports');
  await births(stage, 10, true);
  born('born parked, up to 50 ports', await births(stage, 20, true));
  born('not born parked, up to 50 ports', await births(stage, 20, false));
  progress(`up to ${ports} ports, one by one`);
  const some = Math.max(10, Math.ceil((ports - 50) / 2));
  born(`born parked, up to ${ports} ports`, await births(stage, some, true));
  born(`not born parked, up to ${ports} ports`, await births(stage, some, false));
  await stage.settled();
  times(`the least: a bundle by a client that does nothing else, ${ports} ports`, await bundlesAtBirth(stage, 50));

  progress('flow changes');
  const { single, bulk } = await flowMods(stage);
  ways(single);
  ways(bulk);

  progress('deleted flows');
  times(`a flow deleted by another → it is back, ${ports} ports`, await deletedFlows(stage, 50));

  progress('restarts');
  const restarts = [await restart(stage, 'SIGTERM'), await restart(stage, 'SIGKILL'), await restart(stage, 'SIGKILL')];
  times(
    `restart with ${ports} ports → all installed`,
    restarts.map(({ settledMs }) => settledMs),
  );
  value(
    'flows changed by these restarts',
    restarts.reduce((sum, { flowChanges }) => sum + flowChanges, 0),
    'flows',
  );

  progress('restart under traffic');
  const busy = ['-e', 'const end = Date.now() + 1000; while (Date.now() < end);'];
  const quiet = await lostFrames(stage, 1000, () => execa(process.execPath, busy));
  const restarted = await lostFrames(stage, 1000, async () => {
    await restart(stage, 'SIGTERM');
    await restart(stage, 'SIGKILL');
  });
  value('permitted frames at 1,000 a second beside a busy process: sent', quiet.sent, 'frames');
  value('… and lost', quiet.lost, 'frames');
  value('the same over two restarts: sent', restarted.sent, 'frames');
  value('… and lost', restarted.lost, 'frames');

  progress('idle for ten seconds');
  const { residentMiB, percent } = await idle(stage, 10);
  value(`idle with ${ports} ports: resident memory`, residentMiB, 'MiB');
  value(`idle with ${ports} ports: processor`, percent, '% of one', 2);
} finally {
  await stage.close();
}
process.stdout.write(`${table.toString()}\n`);
process.stdout.write(
  `load of the machine: ${loadavg()[0]?.toFixed(1) ?? '?'} on ${availableParallelism()} processors\n`,
);
