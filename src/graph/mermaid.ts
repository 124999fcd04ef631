import { allRouters, labelOf, titleOf, type Picture, type PictureOfPvlan, type Station } from './picture.ts';

/** The pictures as a Mermaid flowchart, which code hosts and wikis draw: lines stand between classes, where frames may go. */
export function mermaid(pictures: readonly Picture[]): string {
  const lines = ['flowchart TB'];
  for (const [index, picture] of pictures.entries()) {
    const bridge = `b${index}`;
    lines.push(`  subgraph ${bridge}["bridge ${text(picture.bridge)}"]`);
    for (const pvlan of picture.pvlans) lines.push(...pvlanLines(`${bridge}v${pvlan.primary}`, pvlan));
    lines.push(
      ...box(`${bridge}q`, 'quarantined: talk to nobody', picture.quarantined, 'closed'),
      ...box(`${bridge}o`, 'outside every Private VLAN', picture.outside, 'outside'),
      '  end',
    );
  }
  lines.push(
    '  classDef closed stroke:#b00020,stroke-width:2px,stroke-dasharray:4 3',
    '  classDef outside stroke:#777,stroke-dasharray:2 4',
  );
  return lines.join('\n');
}

function pvlanLines(id: string, pvlan: PictureOfPvlan): readonly string[] {
  const { primary, classes } = pvlan;
  const all = allRouters(pvlan);
  return [
    `  subgraph ${id}["Private VLAN ${primary}"]`,
    ...box(`${id}r`, 'routers', all),
    ...classes.flatMap((one, index) => [
      ...box(`${id}c${index}`, titleOf(one), one.stations),
      ...(all.length === 0 ? [] : [`  ${id}r <--> ${id}c${index}`]),
    ]),
    '  end',
  ];
}

function box(id: string, title: string, stations: readonly Station[], style?: string): readonly string[] {
  if (stations.length === 0) return [];
  return [
    `  subgraph ${id}["${text(title)}"]`,
    ...stations.map(
      (one, index) => `    ${id}n${index}["${text(labelOf(one))}"]${style === undefined ? '' : `:::${style}`}`,
    ),
    '  end',
  ];
}

/** Mermaid's own escape for what would end a label (https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters). */
function text(value: string): string {
  return value.replaceAll(/[^\p{L}\p{N} .:_-]/gu, (character) => `#${character.codePointAt(0) ?? 0};`);
}
