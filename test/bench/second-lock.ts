import { join } from 'node:path';
import Table from 'cli-table3';
import { PortConfigBit, PortConfigConnection } from '../../src/openflow/port-config.ts';
import { births, firstWith, type Birth } from './births.ts';
import { Stage } from './stage.ts';
import { percentile } from './statistics.ts';

const ROUNDS = 6;
const BIRTHS = 25;

/** From when the number of each of some newborn ports was in OVSDB until nothing is flooded to it, in milliseconds. */
async function lockings(stage: Stage, count: number): Promise<number[]> {
  const connection = await PortConfigConnection.connect(`unix:${join(stage.host.rundir, 'br0.mgmt')}`);
  const measured: number[] = [];
  try {
    for (let done = 0; done < count; done += 1) {
      const locked = new Map<number, number>();
      const watch = connection.status$.subscribe(({ port: { port, config } }) => {
        if ((config & PortConfigBit.NO_FLOOD) !== 0 && !locked.has(port)) locked.set(port, performance.now());
      });
      const name = `g${stage.guests.length + 1}`;
      const numbered = firstWith(stage, name, (row) => (row.ofport ?? 0) > 0);
      const guest = await stage.plug({ bornParked: true });
      const { at, ofport = 0 } = await numbered;
      await stage.settled();
      const then = locked.get(ofport);
      if (then !== undefined) measured.push(then - at);
      watch.unsubscribe();
      await stage.unplug(guest);
      await stage.settled();
    }
  } finally {
    connection.close();
  }
  return measured;
}

// Two hypervisors of the same kind, by turns: one whose bridge speaks OpenFlow 1.0, and one that can have no such lock.
const stages = [await Stage.create(), await Stage.create({ protocols: ['OpenFlow13', 'OpenFlow14', 'OpenFlow15'] })];
const table = new Table({ head: ['measured', 'times', 'p50 ms', 'p99 ms'], style: { head: [], border: [] } });
const row = (what: string, times: readonly number[]): void => {
  table.push([what, times.length, ...[50, 99].map((percent) => percentile(times, percent).toFixed(2))]);
};
try {
  const measured = stages.map((): Birth[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, stage] of stages.entries()) measured[index]?.push(...(await births(stage, BIRTHS, true, false)));
  }
  for (const [index, what] of ['with the second lock', 'without it'].entries()) {
    const born = measured[index] ?? [];
    row(
      `port number in OVSDB → flows in the switch, ${what}`,
      born.map(({ flow }) => flow),
    );
    row(
      `port number in OVSDB → mark in OVSDB, ${what}`,
      born.map(({ mark }) => mark),
    );
  }
  const [locking] = stages;
  if (locking !== undefined)
    row('port number in OVSDB → nothing is flooded to the port', await lockings(locking, BIRTHS));
  const p50 = measured.map((born) =>
    percentile(
      born.map(({ flow }) => flow),
      50,
    ),
  );
  const ratio = (p50[0] ?? NaN) / (p50[1] ?? NaN);
  process.stdout.write(`flows of a newborn guest take ${ratio.toFixed(2)} times as long with the second lock\n`);
} finally {
  for (const stage of stages) await stage.close();
}
process.stdout.write(`${table.toString()}\n`);
