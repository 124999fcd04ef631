import { filter, firstValueFrom, map, timeout } from 'rxjs';
import type { InterfaceRow } from '../../src/vswitch/rows.generated.ts';
import type { Stage } from './stage.ts';

/** What passed from when a port's number was in OVSDB, in milliseconds. */
export interface Birth {
  /** Until the switch reported the flow that lets its frames in. */
  readonly flow: number;
  /** Until its mark was in OVSDB. */
  readonly mark: number;
}

/** Plugs `count` guests in, one after the other, and times each as an onlooker sees it. */
export async function births(stage: Stage, count: number, bornParked: boolean): Promise<Birth[]> {
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
    await stage.plug({ bornParked });
    const [born, mark] = await Promise.all([numbered, marked]);
    watch.unsubscribe();
    const flow = opened.get(born.ofport ?? 0);
    if (flow !== undefined) measured.push({ flow: flow - born.at, mark: mark.at - born.at });
  }
  return measured;
}

/** The first row of interface `name` that `fits`, and when it was seen. */
function firstWith(
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
