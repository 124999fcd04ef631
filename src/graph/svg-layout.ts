import {
  allRouters,
  labelOf,
  titleOf,
  type ClosedStation,
  type Picture,
  type PictureOfPvlan,
  type Station,
} from './picture.ts';

/** A labelled rectangle; lengths in CSS pixels. */
export interface Box {
  readonly kind:
    'panel' | 'routers' | 'community' | 'isolated' | 'quarantined' | 'outside' | 'station' | 'elsewhere' | 'closed';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly label: string;
  /** What a pointer that rests on it is told. */
  readonly hint: string | undefined;
}

/** A line from the routers to a class that they talk to. */
export interface Line {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
}

const WIDTH = 1000;
const MARGIN = 16;
const TITLE = 26;
const CELL = { width: 136, height: 28, gap: 8 };
const GAP = 36;

/** Where everything of `pictures` stands: the same every time, routers above the classes that they talk to, what is closed or outside below. */
export function layOut(pictures: readonly Picture[]): Drawing {
  const canvas = new Canvas();
  for (const picture of pictures) {
    for (const pvlan of picture.pvlans) canvas.pvlan(picture.bridge, pvlan);
    canvas.rest('quarantined', `${picture.bridge}: quarantined, talk to nobody`, picture.quarantined);
    canvas.rest('outside', `${picture.bridge}: outside every Private VLAN`, picture.outside);
  }
  return { width: WIDTH, height: canvas.bottom, boxes: canvas.boxes, lines: canvas.lines };
}

class Canvas {
  readonly boxes: Box[] = [];
  readonly lines: Line[] = [];
  bottom = MARGIN;

  pvlan(bridge: string, pvlan: PictureOfPvlan): void {
    const { primary, wire, classes } = pvlan;
    const top = this.bottom;
    const at = this.boxes.length;
    const all = allRouters(pvlan);
    let y = top + TITLE;
    const title = all.length === 0 ? 'no router is known' : 'routers';
    const routersEnd = this.#group('routers', title, all, y);
    y = routersEnd + GAP;
    for (const one of classes) {
      const kind = one.community === undefined ? 'isolated' : 'community';
      // A line to each class passes beside those above it.
      if (all.length > 0) this.lines.push(...detour(routersEnd, y));
      y = this.#group(kind, titleOf(one), one.stations, y) + GAP;
    }
    const height = y - GAP + MARGIN - top;
    const label = `Private VLAN ${primary} on ${bridge}, ${wire} wire mode`;
    this.boxes.splice(at, 0, {
      kind: 'panel',
      x: MARGIN,
      y: top,
      width: WIDTH - 2 * MARGIN,
      height,
      label,
      hint: undefined,
    });
    this.bottom = top + height + MARGIN;
  }

  rest(kind: 'quarantined' | 'outside', label: string, stations: readonly (Station | ClosedStation)[]): void {
    if (stations.length > 0) this.bottom = this.#group(kind, label, stations, this.bottom) + MARGIN;
  }

  /** A box with its stations as a grid; gives back where it ends. */
  #group(kind: Box['kind'], label: string, stations: readonly Station[], y: number): number {
    const x = 3 * MARGIN;
    const width = WIDTH - 2 * x;
    const columns = Math.floor((width - CELL.gap) / (CELL.width + CELL.gap));
    const rows = Math.ceil(stations.length / columns);
    const height = TITLE + rows * (CELL.height + CELL.gap) + CELL.gap;
    this.boxes.push({ kind, x, y, width, height, label: `${label} (${stations.length})`, hint: undefined });
    for (const [index, station] of stations.entries()) {
      this.boxes.push({
        kind: kindOf(kind, station),
        x: x + CELL.gap + (index % columns) * (CELL.width + CELL.gap),
        y: y + TITLE + Math.floor(index / columns) * (CELL.height + CELL.gap),
        width: CELL.width,
        height: CELL.height,
        label: labelOf(station),
        hint: hintOf(station),
      });
    }
    return y + height;
  }
}

function kindOf(group: Box['kind'], station: Station): Box['kind'] {
  if (group === 'quarantined') return 'closed';
  return 'elsewhere' in station ? 'elsewhere' : 'station';
}

function hintOf(station: Station | ClosedStation): string {
  const parts = [station.guest, station.port, station.port === station.mac ? undefined : station.mac];
  const who = parts.filter((part) => part !== undefined).join(', ');
  return 'why' in station ? `${who}: ${station.code}, ${station.why}` : who;
}

/** From the foot of the routers' box to the head of a class, along the left margin where another class is between. */
function detour(from: number, to: number): readonly Line[] {
  const inner = 3 * MARGIN;
  const x = inner - MARGIN / 2;
  const straight = to - from <= GAP;
  if (straight) return [{ x1: WIDTH / 2, y1: from, x2: WIDTH / 2, y2: to }];
  const middle = to + TITLE / 2;
  const foot = from + GAP / 2;
  return [
    { x1: WIDTH / 2, y1: foot, x2: x, y2: foot },
    { x1: x, y1: foot, x2: x, y2: middle },
    { x1: x, y1: middle, x2: inner, y2: middle },
  ];
}
