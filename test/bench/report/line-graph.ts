/** A point of a graph. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

const WIDTH = 800;
const HEIGHT = 300;
const MARGIN = 50;
/** More points than the graph is wide show nothing more. */
const MOST = 800;

/** A line through `points`, as an SVG of its own; both axes begin at 0. */
export function lineGraph(
  points: readonly Point[],
  texts: { readonly title: string; readonly x: string; readonly y: string },
): string {
  const step = Math.max(1, Math.ceil(points.length / MOST));
  const shown = points.filter((_, index) => index % step === 0 || index === points.length - 1);
  const [right, top] = [Math.max(...shown.map(({ x }) => x), 1e-9), Math.max(...shown.map(({ y }) => y), 1e-9)];
  const across = (x: number): string => (MARGIN + (x / right) * (WIDTH - 2 * MARGIN)).toFixed(1);
  const up = (y: number): string => (HEIGHT - MARGIN - (y / top) * (HEIGHT - 2 * MARGIN)).toFixed(1);
  const line = shown.map(({ x, y }) => `${across(x)},${up(y)}`).join(' ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    `<text x="${MARGIN}" y="20">${texts.title}</text>`,
    `<path d="M${MARGIN},${MARGIN} V${HEIGHT - MARGIN} H${WIDTH - MARGIN}" fill="none" stroke="black"/>`,
    `<text x="5" y="${MARGIN + 4}">${top.toFixed(0)} ${texts.y}</text><text x="30" y="${HEIGHT - MARGIN}">0</text>`,
    `<text x="${WIDTH - MARGIN}" y="${HEIGHT - 20}" text-anchor="end">${right.toFixed(0)} ${texts.x}</text>`,
    `<polyline points="${line}" fill="none" stroke="#06c"/>`,
    '</svg>',
    '',
  ].join('\n');
}
