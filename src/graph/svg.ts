import { countStations, type Picture } from './picture.ts';
import { layOut, type Box } from './svg-layout.ts';

const STYLE = `
    svg { background: #fff; color: #1a1a1a; font: 13px system-ui, sans-serif }
    rect { fill: none; stroke: currentColor; rx: 4px } text { fill: currentColor }
    .panel { stroke-opacity: .35 } .routers { stroke: #1b5e9b; stroke-width: 2 } .community { stroke: #1c7a43 }
    .isolated { stroke: #6a4c93 } .outside { stroke-dasharray: 2 4 } .quarantined, .closed { stroke: #b00020; stroke-width: 2 }
    .closed { fill: url(#hatched) } .elsewhere { stroke-dasharray: 5 3 } line { stroke: #1b5e9b; stroke-width: 2 }
    .title { font-weight: 600 }
    @media (prefers-color-scheme: dark) { svg { background: #16181c; color: #e8e8e8 } .routers, line { stroke: #79b8ff }
      .community { stroke: #63d68d } .isolated { stroke: #c3a6ff } .quarantined, .closed { stroke: #ff8a94 } }`;

/** Letters of a label that fit its cell; the whole stands in the hint. */
const LETTERS = 17;

/** The pictures as one SVG image without script or outside resource, light or dark as the viewer likes it. */
export function svg(pictures: readonly Picture[]): string {
  const { width, height, boxes, lines } = layOut(pictures);
  const count = pictures.reduce((sum, picture) => sum + countStations(picture), 0);
  const summary = `${count} ports of guests and routers, 0 hidden`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height + 24}" role="img" aria-labelledby="t d">`,
    '  <title id="t">Private VLANs of this host</title>',
    `  <desc id="d">${escape(description(pictures))} ${summary}.</desc>`,
    `  <style>${STYLE}\n  </style>`,
    '  <defs><pattern id="hatched" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">',
    '    <path d="M0 0V6" stroke="#b00020" stroke-opacity=".45" stroke-width="2"/></pattern></defs>',
    ...lines.map(({ x1, y1, x2, y2 }) => `  <line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`),
    ...boxes.map(boxText),
    `  <text x="16" y="${height + 12}">${summary}</text>`,
    '</svg>',
  ].join('\n');
}

function boxText({ kind, x, y, width, height, label, hint }: Box): string {
  const isStation = kind === 'station' || kind === 'elsewhere' || kind === 'closed';
  const shown = isStation ? shortened(label) : label;
  return [
    `  <g>${hint === undefined ? '' : `<title>${escape(hint)}</title>`}`,
    `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}"/>`,
    `<text class="${isStation ? 'label' : 'title'}" x="${x + 8}" y="${y + 18}">${escape(shown)}</text></g>`,
  ].join('');
}

/** What fits a cell of a name: names of guests differ at their ends. */
function shortened(name: string): string {
  const letters = Array.from(name);
  if (letters.length <= LETTERS) return name;
  const half = Math.floor((LETTERS - 3) / 2);
  return `${letters.slice(0, half).join('')}…${letters.slice(-half).join('')}`;
}

/** The picture for those who do not see it. */
function description(pictures: readonly Picture[]): string {
  return pictures
    .flatMap(({ bridge, pvlans, quarantined, outside }) => [
      ...pvlans.map(({ primary, routers, listed, classes }) => {
        const kinds = classes.map(({ community, stations }) =>
          community === undefined ? `${stations.length} isolated` : `${stations.length} in community ${community}`,
        );
        return `Private VLAN ${primary} on ${bridge}: ${[`${routers.length + listed.length} routers`, ...kinds].join(', ')}.`;
      }),
      ...(quarantined.length === 0 ? [] : [`On ${bridge} ${quarantined.length} quarantined.`]),
      ...(outside.length === 0 ? [] : [`On ${bridge} ${outside.length} outside.`]),
    ])
    .join(' ');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text of anybody as XML 1.0 takes it: without the control characters that no escape makes legal. */
function escape(value: string): string {
  return value
    .replaceAll(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\ufffd')
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
}
