import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { execa } from 'execa';
import { births, byConnection, byOvsOfctl, installsAtBirth, type Birth } from './births.ts';
import { flowMods, type Way } from './flow-mods.ts';
import { deletedFlows, idle, lostFrames, restart, startup } from './restarts.ts';
import { shares } from './shares.ts';
import { Stage } from './stage.ts';
import { percentile } from './statistics.ts';

const { values } = parseArgs({ options: { ports: { type: 'string', default: '200' } } });
const ports = Number(values.ports);
/** Guests of a hypervisor on which next to nothing happens. */
const FEW = 4;

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

/** The goal for an idle machine, in milliseconds. It is told and not judged. */
const GOAL = { p50: 1, p99: 5 };
const goals: string[] = [];

/**
 * The agent's work at the birth of a guest beside the same number of flows installed by clients that do nothing else, and whose time
 * it was: all with the guests there are now.
 */
async function sameWork(stage: Stage, agents: readonly Birth[], count: number): Promise<void> {
  const where = `${stage.guests.length} guests`;
  const agent = agents.map(({ flow }) => flow);
  const [p50, p99] = [percentile(agent, 50), percentile(agent, 99)];
  const isMet = p50 <= GOAL.p50 && p99 <= GOAL.p99;
  goals.push(
    `goal for a port's number to its flows, ${where}: p50 <= ${GOAL.p50} ms, p99 <= ${GOAL.p99} ms: ` +
      `${isMet ? 'met' : 'missed'} (${p50.toFixed(2)} and ${p99.toFixed(2)} ms)`,
  );
  const least = await installsAtBirth(stage, count, byConnection(stage));
  const ofctl = await installsAtBirth(stage, count, byOvsOfctl(stage));
  times(`the least: a bundle by a client that does nothing else, ${where}`, least);
  times(`the same flows by ovs-ofctl --no-names --bundle, ${where}`, ofctl);
  value(`… the agent takes, of what the least takes, ${where}`, p50 / percentile(least, 50), 'times', 2);
  value(`… ovs-ofctl takes, of what the agent takes, ${where}`, percentile(ofctl, 50) / p50, 'times', 2);
  const measured = await shares(stage, count);
  times(
    `number passed to the agent → first byte of its bundle, ${where}`,
    measured.map((share) => share.agent),
  );
  times(
    `… → ovs-vswitchd's last answer, ${where}`,
    measured.map((share) => share.vswitchd),
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

  progress('an idle switch with few ports');
  await births(stage, FEW, true);
  const few = await births(stage, 60, true, false);
  born(`born parked, ${FEW} guests`, few);
  await sameWork(stage, few, 50);

  progress('the first ports');
  await births(stage, 10, true);
  born('born parked, up to 50 ports', await births(stage, 20, true));
  born('not born parked, up to 50 ports', await births(stage, 20, false));
  progress(`up to ${ports} ports, one by one`);
  const some = Math.max(10, Math.ceil((ports - 50) / 2));
  const many = await births(stage, some, true);
  born(`born parked, up to ${ports} ports`, many);
  born(`not born parked, up to ${ports} ports`, await births(stage, some, false));
  await stage.settled();
  await sameWork(stage, many.slice(-50), 50);

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
for (const goal of goals) process.stdout.write(`${goal}\n`);
process.stdout.write(
  `load of the machine: ${loadavg()[0]?.toFixed(1) ?? '?'} on ${availableParallelism()} processors\n`,
);
