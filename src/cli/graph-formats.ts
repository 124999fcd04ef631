/** What `graph` can write. */
export const GRAPH_FORMATS = ['mermaid', 'dot', 'svg', 'json'] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

/** The format that a flag names; the first, unless it is one of the others. */
export function graphFormat(flag: unknown): GraphFormat {
  return GRAPH_FORMATS.find((format) => format === flag) ?? GRAPH_FORMATS[0];
}
