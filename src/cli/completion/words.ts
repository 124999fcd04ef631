import type { Command } from 'commander';

/** An option as a shell completes it. */
export interface OptionWords {
  /** With its dashes. */
  readonly flag: string;
  readonly about: string;
  readonly takesValue: boolean;
  /** The only values there are; empty where any will do. */
  readonly choices: readonly string[];
}

/** A command as a shell completes it. */
export interface CommandWords {
  readonly names: readonly string[];
  readonly about: string;
  readonly options: readonly OptionWords[];
}

/** What can be typed after the name of `program`. */
export function wordsOf(program: Command): readonly CommandWords[] {
  return program.commands.map((one) => ({
    names: [one.name(), ...one.aliases()],
    about: one.description(),
    options: one.options.flatMap(({ long, description, required, optional, argChoices }) =>
      long === undefined
        ? []
        : [{ flag: long, about: description, takesValue: required || optional, choices: argChoices ?? [] }],
    ),
  }));
}
