import type { Config } from '../config/config.ts';
import { dot } from '../graph/dot.ts';
import { mermaid } from '../graph/mermaid.ts';
import { pictureOf, type Picture } from '../graph/picture.ts';
import { svg } from '../graph/svg.ts';
import { ExitCode } from './exit-code.ts';
import type { GraphFormat } from './graph-formats.ts';
import { survey } from './inspection.ts';

/** Names the shape of the JSON; `schemas/graph.schema.json` describes it. */
export const GRAPH_FORMAT = 'pvlan-agent/graph/1';

const WRITERS: Readonly<Record<GraphFormat, (pictures: readonly Picture[]) => string>> = {
  mermaid,
  dot,
  svg,
  json: (bridges) => JSON.stringify({ format: GRAPH_FORMAT, bridges }, null, 2),
};

/** Prints the Private VLANs of this host as a picture; no agent need run. Returns the exit code. @throws CommandError */
export async function graph(config: Config, format: GraphFormat, print: (text: string) => void): Promise<number> {
  return survey(config, ({ bridges }) => {
    print(WRITERS[format](bridges.map(pictureOf)));
    return Promise.resolve(ExitCode.OK);
  });
}
