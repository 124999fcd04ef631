import { allRouters, labelOf, titleOf, type Picture, type PictureOfPvlan, type Station } from './picture.ts';

/** The pictures as a graph of Graphviz: lines stand between classes, where frames may go. */
export function dot(pictures: readonly Picture[]): string {
  const lines = ['graph pvlans {', '  compound=true; rankdir=TB; node [shape=box];'];
  for (const [index, picture] of pictures.entries()) {
    const bridge = `b${index}`;
    lines.push(`  subgraph cluster_${bridge} {`, `    label=${quoted(`bridge ${picture.bridge}`)};`);
    for (const pvlan of picture.pvlans) lines.push(...pvlanLines(`${bridge}v${pvlan.primary}`, pvlan));
    lines.push(
      ...cluster(`${bridge}q`, 'quarantined: talk to nobody', picture.quarantined, 'color=red; style=dashed;'),
      ...cluster(`${bridge}o`, 'outside every Private VLAN', picture.outside, 'color=gray; style=dotted;'),
      '  }',
    );
  }
  return [...lines, '}'].join('\n');
}

function pvlanLines(id: string, pvlan: PictureOfPvlan): readonly string[] {
  const { primary, classes } = pvlan;
  const all = allRouters(pvlan);
  return [
    `    subgraph cluster_${id} {`,
    `      label=${quoted(`Private VLAN ${primary}`)};`,
    ...cluster(`${id}r`, 'routers', all),
    ...classes.flatMap((one, index) => [
      ...cluster(`${id}c${index}`, titleOf(one), one.stations),
      ...(all.length === 0
        ? []
        : [`      ${id}rn0 -- ${id}c${index}n0 [ltail=cluster_${id}r, lhead=cluster_${id}c${index}];`]),
    ]),
    '    }',
  ];
}

function cluster(id: string, title: string, stations: readonly Station[], style = ''): readonly string[] {
  if (stations.length === 0) return [];
  return [
    `      subgraph cluster_${id} {`,
    `        label=${quoted(title)}; ${style}`.trimEnd(),
    ...stations.map((one, index) => `        ${id}n${index} [label=${quoted(labelOf(one))}];`),
    '      }',
  ];
}

function quoted(value: string): string {
  return `"${value.replaceAll(/[\\"]/g, String.raw`\$&`).replaceAll(/\p{Cc}/gu, ' ')}"`;
}
