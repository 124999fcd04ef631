import { Command, Option } from 'commander';
import type { LoadedConfig } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { configFile, settings, type SettingKey } from '../config/setting.ts';

/** How a command was called. */
export interface Call {
  readonly options: Readonly<Record<string, unknown>>;
  readonly operands: readonly string[];
  /** Reads the configuration, flags included. @throws ConfigError */
  readonly config: () => LoadedConfig;
}

/**
 * A command that offers `--config` and the flags of the settings it goes by, none of them when it goes by none; a flag that
 * would change nothing is refused. `action` returns the exit code.
 */
export function command(
  name: string,
  summary: string,
  goesBy: readonly SettingKey[],
  action: (call: Call) => Promise<number> | number,
): Command {
  const made = new Command(name).description(summary).exitOverride();
  // With them no help would fit a screen; they are the same for all commands.
  const hidden = !process.argv.includes('--all');
  if (goesBy.length > 0) {
    const usage = `${configFile.description} (env: ${configFile.env}, default: ${configFile.default})`;
    made.addOption(new Option(configFile.usage, usage).hideHelp(hidden));
    if (hidden)
      made.addHelpText('after', `\nWhere to find things, as in the configuration: 'pvlan-agent ${name} --help --all'`);
  }
  for (const { key, usage, description, env, default: byDefault } of settings) {
    if (!goesBy.includes(key)) continue;
    const known = byDefault === undefined ? '' : `, default: ${JSON.stringify(byDefault)}`;
    made.addOption(new Option(usage, `${description} (env: ${env}${known})`).hideHelp(hidden));
  }
  made.action(async () => {
    const flags: Record<string, unknown> = made.opts();
    const config = (): LoadedConfig => loadConfig({ env: process.env, flags });
    process.exitCode = await action({ options: flags, operands: made.args, config });
  });
  return made;
}
