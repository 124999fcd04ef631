import { Option, type Command } from 'commander';
import { GRAPH_FORMATS, graphFormat } from '../graph-formats.ts';
import { command } from '../command.ts';
import { print } from '../output.ts';
import { SURVEY } from './settings.ts';

/** The command that draws who may talk to whom. */
export function graphCommand(): Command {
  return command(
    'graph',
    'Draw the Private VLANs of this host: who may talk to whom.',
    SURVEY,
    async ({ config, options: { format } }) =>
      (await import('../graph.ts')).graph(config(), graphFormat(format), print),
  ).addOption(
    new Option('--format <format>', 'mermaid and svg for documents and browsers, dot for Graphviz, json for programs')
      .choices([...GRAPH_FORMATS])
      .default(GRAPH_FORMATS[0]),
  );
}
