import { Command } from 'commander';
import { agentCommands } from './commands/agent.ts';
import { checkCommands } from './commands/checks.ts';
import { completionCommand } from './commands/completion.ts';
import { graphCommand } from './commands/graph.ts';
import { fleetCommand } from './commands/fleet.ts';
import { screenCommands } from './commands/screen.ts';
import { setupCommands } from './commands/setup.ts';
import { exitCodeHelp } from './exit-code.ts';

/** The command line. The code of a command is loaded when it is called: `run` must not wait for that of the others. */
export function program(version: string): Command {
  const agent = new Command('pvlan-agent')
    .description('Private VLANs (RFC 5517) on Open vSwitch, driven by OVSDB and libvirt.')
    .version(version)
    .exitOverride()
    .addHelpText('after', exitCodeHelp());
  const groups = [
    ['See:', [...screenCommands(version), graphCommand()]],
    ['Check:', checkCommands()],
    ['Work:', agentCommands(version)],
    ['Set up:', [...setupCommands(), fleetCommand(), completionCommand(() => agent)]],
  ] as const;
  for (const [heading, commands] of groups) for (const one of commands) agent.addCommand(one.helpGroup(heading));
  return agent;
}
