import type { Flow, FlowMod } from '../../src/openflow/flow.ts';
import { run } from '../lab/run.ts';
import type { Stage } from './stage.ts';

/** A cookie of nobody, so that the agent leaves these flows alone. */
const COOKIE = 0xbe9cn;
const TABLE = 200;
const BULK = 1000;

/** One way to install flows. */
export interface Way {
  readonly name: string;
  /** Milliseconds for each time it was done. */
  readonly times: readonly number[];
}

function flow(number: number): Flow {
  const value = `02:0b:${[24, 16, 8, 0].map((shift) => ((number >> shift) & 0xff).toString(16).padStart(2, '0')).join(':')}`;
  return { table: TABLE, priority: 100, cookie: COOKIE, match: { ethDst: { value } }, actions: [] };
}

function line(number: number): string {
  const { match } = flow(number);
  return `cookie=0xbe9c,table=${TABLE},priority=100,dl_dst=${match.ethDst?.value ?? ''},actions=drop`;
}

async function repeat(times: number, once: (turn: number) => Promise<unknown>): Promise<number[]> {
  const measured: number[] = [];
  for (let turn = 0; turn < times; turn += 1) {
    const start = performance.now();
    await once(turn);
    measured.push(performance.now() - start);
  }
  return measured;
}

/** Our kept-open connection against a process for each change, in the same run on the same bridge. */
export async function flowMods({ openflow, host }: Stage): Promise<{ single: Way[]; bulk: Way[] }> {
  let next = 1;
  const fresh = (): number => next++;
  const add = (number: number): FlowMod => ({ command: 'add', flow: flow(number) });
  const lines = (): string => Array.from({ length: BULK }, () => line(fresh())).join('\n');
  const ofctl = (args: readonly string[], input?: string): Promise<string> =>
    run('ovs-ofctl', ['-O', 'OpenFlow14', ...args], {
      env: { OVS_RUNDIR: host.rundir },
      ...(input === undefined ? {} : { input }),
    });
  const single = [
    { name: 'our connection, bundle and barrier', times: await repeat(500, () => openflow.commit([add(fresh())])) },
    {
      name: 'ovs-ofctl --no-names add-flow',
      times: await repeat(40, () => ofctl(['--no-names', 'add-flow', 'br0', line(fresh())])),
    },
    { name: 'ovs-ofctl add-flow', times: await repeat(40, () => ofctl(['add-flow', 'br0', line(fresh())])) },
    {
      name: 'ovs-ofctl --no-names --bundle add-flow',
      times: await repeat(40, () => ofctl(['--no-names', '--bundle', 'add-flow', 'br0', line(fresh())])),
    },
  ];
  const bulk = [
    {
      name: `our connection, ${BULK} flows in a bundle`,
      times: await repeat(10, () => openflow.commit(Array.from({ length: BULK }, () => add(fresh())))),
    },
    {
      name: `ovs-ofctl --no-names --bundle add-flows, ${BULK} flows`,
      times: await repeat(10, () => ofctl(['--no-names', '--bundle', 'add-flows', 'br0', '-'], lines())),
    },
  ];
  await host.ofctl('del-flows', 'br0', 'cookie=0xbe9c/-1');
  return { single, bulk };
}
