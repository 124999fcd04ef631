import { join } from 'node:path';
import { dropsOf } from '../../src/bridge/drops/drop.ts';
import { DropBook } from '../../src/bridge/drops/drop-book.ts';
import { Timings } from '../../src/bridge/timings.ts';
import type { JudgedPort } from '../../src/desire/desired-bridge.ts';
import { MetricsServer } from '../../src/metrics/metrics-server.ts';
import type { MetricFacts } from '../../src/metrics/samples.ts';
import { OpenFlowConnection } from '../../src/openflow/connection.ts';
import { COUNTING } from '../../src/pipeline/cause.ts';
import { layoutFrom } from '../../src/pipeline/layout.ts';
import { judge } from '../../src/pvlan/judge.ts';
import { Lab } from '../lab/lab.ts';
import { compiled } from '../support/compiled.ts';
import { PVLAN_2102 } from '../support/duo.ts';
import { guestPort, inPortgroup, NO_POLICY, plainPort } from '../support/ports.ts';

// How long a scrape takes with the flows of many guests in a real switch, and how many series there are.
// usage: node --import=tsx test/bench/scrape.ts [guests]

const guests = Number(process.argv[2] ?? '1000');
const SCRAPES = 20;
const nothing = (): void => undefined;

const lab = await Lab.create();
try {
  const host = await lab.host('a');
  await host.addBridge('br0');
  const connection = await OpenFlowConnection.connect(`unix:${join(host.rundir, 'br0.mgmt')}`);
  const numbers = Array.from({ length: guests }, (_, index) => index + 2);
  const ports = [plainPort(1), ...numbers.map((number) => guestPort(number, inPortgroup('isolated-2102')))];
  const policy = { ...NO_POLICY, pvlans: [PVLAN_2102] };
  const verdicts = judge(new Map([['br0', ports]]), policy).bridges.get('br0') ?? [];
  const primaries = [{ ...PVLAN_2102, localMacs: [] }];
  const plan = { verdicts, primaries, settled: new Set(verdicts), normalSource: 'none' } as const;
  const flows = compiled(plan, layoutFrom(60, 145));
  await connection.commit(flows.map((flow) => ({ command: 'add', flow })));
  const judged = verdicts.map(
    (verdict, index) => ({ port: { ...ports[index], row: {} }, verdict }) as unknown as JudgedPort,
  );

  const book = new DropBook();
  const facts = async (endpoints: boolean): Promise<MetricFacts> => {
    const counters = await connection.readCounters(COUNTING);
    const drops = dropsOf(
      counters,
      judged.map((one) => ({ ...one, isOpen: true })),
    );
    book.note(drops, new Set(judged.map(({ port }) => port.name)), performance.now());
    const bridge = { name: 'br0', openflow: 'up', error: undefined, flows: flows.length, repairs: 0 } as const;
    const status = {
      version: 'bench',
      pid: 1,
      startedAt: '',
      database: { connected: true, detail: '' },
      mode: 'active',
      bridges: [
        {
          ...bridge,
          ports: judged.map(({ port }) => ({
            name: port.name,
            mac: port.attachedMac,
            state: 'installed',
            role: 'isolated-2102',
          })),
        },
      ],
      alarms: [],
      advice: [],
      settled: true,
    } as unknown as MetricFacts['status'];
    const own = book.ports.map((one) => ({ bridge: 'br0', ...one }));
    const totals = book.totals.map((one) => ({ bridge: 'br0', ...one }));
    return { status, drops: { at: '', ratesKnown: false, totals, ports: own }, timings: new Timings(), endpoints };
  };

  for (const endpoints of [false, true]) {
    const path = join(lab.folder, `metrics-${String(endpoints)}.sock`);
    const log = { info: nothing, warn: nothing, error: nothing };
    const times: number[] = [];
    let series = 0;
    const cpu = process.cpuUsage();
    for (let scrape = 0; scrape < SCRAPES; scrape++) {
      // A server of its own for each: none gives what was made for the one before.
      const server = new MetricsServer({
        address: { kind: 'unix', path },
        log,
        facts: () => facts(endpoints),
        status: () => {
          throw new Error();
        },
      });
      await server.open();
      const start = performance.now();
      const text = await get(path);
      times.push(performance.now() - start);
      series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
      await server.close();
      if (!text.includes('pvlan_build_info')) throw new Error(text);
    }
    const { user, system } = process.cpuUsage(cpu);
    times.sort((a, b) => a - b);
    const [median = 0, worst = 0] = [times[SCRAPES >> 1], times.at(-1)];
    process.stdout.write(
      `${guests} endpoints, ${flows.length} flows, endpoints: ${String(endpoints)}: ${series} series; a scrape takes ` +
        `${median.toFixed(0)} ms (worst of ${SCRAPES}: ${worst.toFixed(0)}), ${((user + system) / 1000 / SCRAPES).toFixed(0)} ms of this processor\n`,
    );
  }
  connection.close();
} finally {
  await lab.close();
}

async function get(socketPath: string): Promise<string> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    request({ socketPath, path: '/metrics' }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        resolve(Buffer.concat(parts).toString());
      });
    })
      .on('error', reject)
      .end();
  });
}
