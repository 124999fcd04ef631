import { matrixText } from './matrix-text.ts';
import type { Cell, Policy } from './cell.ts';
import type { Delivery, Probe, Prober } from './probe.ts';
import type { Endpoint } from './endpoint.ts';
import type { FrameClass } from './frame-classes.ts';

export interface Verdict {
  readonly forbidden: readonly Cell[];
  readonly missing: readonly Cell[];
  /** Permitted, but more than once. */
  readonly duplicated: readonly Cell[];
}

export type { Cell, Policy } from './cell.ts';

/** The outcome of a matrix: one cell for each class and ordered pair. */
export class MatrixResult {
  readonly endpoints: readonly Endpoint[];
  readonly cells: readonly Cell[];
  /** Frames to one endpoint that came out at another as well or instead, as flooding does. */
  readonly strays: readonly Delivery[];

  constructor(endpoints: readonly Endpoint[], cells: readonly Cell[], strays: readonly Delivery[]) {
    this.endpoints = endpoints;
    this.cells = cells;
    this.strays = strays;
  }

  judge(policy: Policy): Verdict {
    const allowed = (cell: Cell): boolean => policy(cell.from, cell.to, cell.frameClass);
    return {
      forbidden: this.cells.filter((cell) => cell.times > 0 && !allowed(cell)),
      missing: this.cells.filter((cell) => cell.times === 0 && allowed(cell)),
      duplicated: this.cells.filter((cell) => cell.times > 1 && allowed(cell)),
    };
  }

  /** One aligned table per class, senders down and receivers across; with a policy, what violates it is marked `!`. */
  text(options: { readonly policy?: Policy; readonly colour?: boolean } = {}): string {
    return matrixText(this.endpoints, this.cells, options);
  }
}

/** Sends every class of frames between all endpoints, every ordered pair, and returns what was delivered. */
export async function runMatrix(
  prober: Prober,
  endpoints: readonly Endpoint[],
  classes: readonly FrameClass[],
): Promise<MatrixResult> {
  const probes: (Probe & { readonly aim: Endpoint | undefined; readonly label: string })[] = [];
  for (const frameClass of classes) {
    for (const from of endpoints) {
      const label = frameClass.name;
      if (frameClass.to === 'all') probes.push({ from, frame: frameClass.build(from), label, aim: undefined });
      else {
        for (const to of endpoints) {
          if (to !== from) probes.push({ from, frame: frameClass.build(from, to), label, aim: to });
        }
      }
    }
  }
  const aims = new Map(probes.map((probe) => [probe.frame, probe.aim]));
  const hits = new Map<Endpoint, Delivery[]>();
  const strays: Delivery[] = [];
  for (const delivery of await prober.send(probes)) {
    const aim = aims.get(delivery.probe.frame);
    if (aim !== undefined && aim !== delivery.receiver) strays.push(delivery);
    else hits.set(delivery.receiver, [...(hits.get(delivery.receiver) ?? []), delivery]);
  }
  const cells = classes.flatMap(({ name }) =>
    pairs(endpoints).map(([from, to]) => {
      const hit = hits.get(to)?.find(({ probe }) => probe.label === name && probe.from === from);
      return { frameClass: name, from, to, times: hit?.times ?? 0, tags: hit?.tags ?? [] };
    }),
  );
  return new MatrixResult(endpoints, cells, strays);
}

function pairs(endpoints: readonly Endpoint[]): [Endpoint, Endpoint][] {
  return endpoints.flatMap((from) =>
    endpoints.filter((to) => to !== from).map((to): [Endpoint, Endpoint] => [from, to]),
  );
}
