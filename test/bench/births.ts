import { filter, firstValueFrom, map, timeout } from 'rxjs';
import type { FlowMod } from '../../src/openflow/flow.ts';
import { formatFlow } from '../../src/openflow/format-flow.ts';
import type { InterfaceRow } from '../../src/vswitch/rows.generated.ts';
import { run } from '../lab/run.ts';
import type { Stage } from './stage.ts';

/** What passed from when a port's number was in OVSDB, in milliseconds. */
export interface Birth {
  /** Until the switch reported the flow that lets its frames in. */
  readonly flow: number;
  /** Until its mark was in OVSDB. */
  readonly mark: number;
}

/**
 * Plugs `count` guests in, one after the other, and times each as an onlooker sees it. Unless they `stay`, each goes before the next
 * comes.
 */
export async function births(stage: Stage, count: number, bornParked: boolean, stay = true): Promise<Birth[]> {
  const measured: Birth[] = [];
  for (let done = 0; done < count; done += 1) {
    const name = `g${stage.guests.length + 1}`;
    const numbered = firstWith(stage, name, (row) => (row.ofport ?? 0) > 0);
    const marked = firstWith(stage, name, (row) => row.external_ids.get('pvlan-installed') === 'true');
    const opened = new Map<number, number>();
    const watch = stage.openflow.monitorFlows().subscribe((change) => {
      if (change.event !== 'added' || change.flow.table !== 0 || change.flow.gotoTable === undefined) return;
      const { inPort } = change.flow.match;
      if (inPort !== undefined && !opened.has(inPort)) opened.set(inPort, performance.now());
    });
    const guest = await stage.plug({ bornParked });
    const [born, mark] = await Promise.all([numbered, marked]);
    watch.unsubscribe();
    const flow = opened.get(born.ofport ?? 0);
    if (flow !== undefined) measured.push({ flow: flow - born.at, mark: mark.at - born.at });
    if (stay) continue;
    await stage.unplug(guest);
    await stage.settled();
  }
  return measured;
}

/** Installs as many flows as a guest needs for the port of this number, and returns when they are acknowledged. */
type Install = (ofport: number) => Promise<unknown>;

/** A bundle over our kept-open connection: what ovs-vswitchd itself takes for it. */
export function byConnection({ openflow }: Stage): Install {
  return (ofport) => openflow.commit(likeAGuest(ofport));
}

/** The same by a process of its own, which reads them from its input. */
export function byOvsOfctl({ host }: Stage): Install {
  const args = ['-O', 'OpenFlow14', '--no-names', '--bundle', 'add-flows', 'br0', '-'];
  return (ofport) =>
    run('ovs-ofctl', args, {
      env: { OVS_RUNDIR: host.rundir },
      input: likeAGuest(ofport)
        .map(({ flow }) => `${formatFlow(flow).replace(/^ */, '')}\n`)
        .join(''),
    });
}

/**
 * The same work by a client that does nothing else: with no agent, `count` ports are plugged in, and as soon as the number of one
 * is in OVSDB flows are installed; the milliseconds until that is done.
 */
export async function installsAtBirth(stage: Stage, count: number, install: Install): Promise<number[]> {
  const times: number[] = [];
  await stage.agent.kill();
  for (let done = 0; done < count; done += 1) {
    const name = `f${done + 1}`;
    const answered = firstWith(stage, name, (row) => (row.ofport ?? 0) > 0).then(async ({ at, ofport = 0 }) => {
      await install(ofport);
      return performance.now() - at;
    });
    const port = await stage.host.plug({
      name,
      mac: `02:00:00:0f:00:${done.toString(16).padStart(2, '0')}`,
      ifaceId: false,
    });
    times.push(await answered);
    await port.unplug();
  }
  stage.agent.restart();
  await stage.settled();
  await stage.host.ofctl('del-flows', 'br0', `cookie=0x${COOKIE.toString(16)}/-1`);
  return times;
}

/** A cookie of nobody, so that the agent leaves these flows alone. */
const COOKIE = 0xbe9dn;

function likeAGuest(ofport: number): FlowMod[] {
  return Array.from({ length: 8 }, (_, number) => ({
    command: 'add',
    flow: { table: 200, priority: 100 + number, cookie: COOKIE, match: { inPort: ofport }, actions: [] },
  }));
}

/** The first row of interface `name` that `fits`, and when it was seen. */
export function firstWith(
  { database }: Stage,
  name: string,
  fits: (row: InterfaceRow) => boolean,
): Promise<{ readonly at: number; readonly ofport: number | undefined }> {
  return firstValueFrom(
    database.changes$.pipe(
      map(() => [...database.interfaces.values()].find((row) => row.name === name && fits(row))),
      filter((row) => row !== undefined),
      map((row) => ({ at: performance.now(), ofport: row.ofport })),
      timeout(20_000),
    ),
  );
}
