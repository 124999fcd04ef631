import { Argument, type Command } from 'commander';
import { command } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { print } from '../output.ts';
import { SHELLS } from '../completion/shells.ts';

/** The command that teaches a shell the others; `program` gives them all, itself included. */
export function completionCommand(program: () => Command): Command {
  return command(
    'completion',
    "Print what makes a shell complete this program's commands.",
    [],
    async ({ operands: [shell] }) => {
      const { completionFor } = await import('../completion/shells.ts');
      const { wordsOf } = await import('../completion/words.ts');
      const known = SHELLS.find((one) => one === shell) ?? SHELLS[0];
      print(completionFor(known, program().name(), wordsOf(program())));
      return ExitCode.OK;
    },
  ).addArgument(
    new Argument(
      '<shell>',
      'bash: source <(pvlan-agent completion bash); zsh and fish keep it in a file of their folders',
    ).choices(SHELLS),
  );
}
