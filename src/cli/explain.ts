import type { Config } from '../config/config.ts';
import { explain as explainPair } from '../verify/explain.ts';
import { PartyError } from '../verify/party.ts';
import { CommandError, ExitCode } from './exit-code.ts';
import { formatExplanation } from './explain-text.ts';
import { inspect } from './inspection.ts';

/**
 * Tells why `from` can or cannot reach `to`, with the flows that decide. Sends and changes nothing. Returns the exit code.
 * @throws CommandError
 */
export async function explain(
  config: Config,
  from: string,
  to: string,
  print: (text: string) => void,
): Promise<number> {
  return inspect(config, async ({ bridges, daemon }) => {
    try {
      print(formatExplanation(await explainPair(bridges, [from, to], daemon)));
      return ExitCode.OK;
    } catch (error) {
      if (error instanceof PartyError) throw new CommandError(ExitCode.USAGE, error.message);
      throw error;
    }
  });
}
