import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { prove } from '../../src/prove/prove.ts';
import { PVLAN_2102 } from '../support/duo.ts';
import { guestPort, inPortgroup, plainPort } from '../support/ports.ts';
import { situationOf, type ProvedSituation } from '../support/proved.ts';

const { values } = parseArgs({ options: { guests: { type: 'string', default: '250,1000,4000' } } });
const sizes = values.guests.split(',').map(Number);

/** Of so many guests one is in a community of ten, and one is outside. */
const [COMMUNITY, OUTSIDE] = [5, 100];

/** An uplink, a router, and guests of every kind. */
function host(guests: number): ProvedSituation {
  const ports = Array.from({ length: guests }, (_, index) => {
    const number = index + 3;
    if (index % OUTSIDE === 0) return guestPort(number, { kind: 'none', source: 'domain' });
    const name = index % COMMUNITY === 0 ? `community-2102-c${Math.floor(index / COMMUNITY / 10)}` : 'isolated-2102';
    return guestPort(number, inPortgroup(name));
  });
  return situationOf([plainPort(1), guestPort(2, inPortgroup('promisc-2102')), ...ports], PVLAN_2102);
}

function milliseconds(work: () => void): number {
  // Processor time: what else the machine does is not the proof's work.
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

const table = new Table({
  head: ['guests', 'flows', 'pairs', 'processor ms', 'ms', 'resident MiB', 'verdict'],
  style: { head: [], border: [] },
});
const all: number[] = [];
for (const guests of sizes) {
  const { model, parties, believed } = host(guests);
  let verdict = '';
  let pairs = 0;
  const begun = performance.now();
  const spent = milliseconds(() => {
    const proof = prove(model, parties, believed);
    verdict = proof.verdict;
    pairs = proof.apart + proof.joined;
  });
  const elapsed = performance.now() - begun;
  all.push(spent);
  const flows = model.bridges.reduce((sum, bridge) => sum + bridge.flows.length, 0);
  table.push([
    guests,
    flows,
    pairs,
    spent.toFixed(0),
    elapsed.toFixed(0),
    (process.memoryUsage().rss / 2 ** 20).toFixed(0),
    verdict,
  ]);
}
process.stdout.write(`${table.toString()}\n`);
for (const [index, spent] of all.entries()) {
  const [before, from, to] = [all[index - 1], sizes[index - 1], sizes[index]];
  if (before === undefined || from === undefined || to === undefined) continue;
  process.stdout.write(
    `exponent from ${from} to ${to} guests: ${(Math.log(spent / before) / Math.log(to / from)).toFixed(2)}\n`,
  );
}
