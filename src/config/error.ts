/** A position in a source of configuration. */
export interface Place {
  /** Path of the file, or the name of the flag or environment variable, which have no lines. */
  readonly file: string;
  /** Counted from 1; 0 where the source has no lines. */
  readonly line: number;
  /** Counted from 1 in UTF-16 code units; 0 where the source has no lines. */
  readonly column: number;
}

/** One thing that is wrong, and what would be right instead. */
export interface Problem extends Place {
  readonly message: string;
}

const MAX_PRINTED = 20;

/** `file:line:column`, or the bare name of a flag or environment variable. */
export const formatPlace = (place: Place): string =>
  place.line === 0 ? place.file : `${place.file}:${place.line}:${place.column}`;

const formatProblem = (problem: Problem): string => `${formatPlace(problem)}: ${problem.message}`;

/** The configuration cannot be used; its message is one line per problem, each with its place. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const lines = problems.slice(0, MAX_PRINTED).map(formatProblem);
    const hidden = problems.length - lines.length;
    if (hidden > 0) lines.push(`and ${hidden} more problems`);
    super(lines.join('\n'));
    this.problems = problems;
  }
}
