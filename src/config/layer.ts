import type { Located } from './document.ts';
import { configFile, settings } from './setting.ts';
import type { Setting, SettingKey } from './setting.ts';

/** Values of flags by commander's attribute name, as `command.opts()` returns them; what is no setting is ignored. */
export type FlagValues = Readonly<Record<string, unknown>>;

/** Environment variables; an empty one counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One source of settings, shaped as the file is. */
export interface Layer extends Located {
  readonly kind: 'flag' | 'environment' | 'file';
}

/** The settings among `flags`, each a layer that locates its problems at the flag's name. */
export const flagLayers = (flags: FlagValues): Layer[] =>
  settings.flatMap((setting) => {
    const given = flags[setting.attribute];
    return given === undefined ? [] : [layer('flag', setting.flag, setting, given)];
  });

/** The settings in `env`, each a layer that locates its problems at the variable's name. */
export const environmentLayers = (env: Environment): Layer[] =>
  settings.flatMap((setting) => {
    const given = env[setting.env];
    return given === undefined || given === '' ? [] : [layer('environment', setting.env, setting, given)];
  });

/** The file that flags or environment name, or undefined. */
export const namedFile = (flags: FlagValues, env: Environment): string | undefined => {
  const flag = flags[configFile.attribute];
  if (typeof flag === 'string') return flag;
  const variable = env[configFile.env];
  return variable === '' ? undefined : variable;
};

/** The value at `key` in one source's data, or undefined. */
export const valueAt = (data: unknown, key: string): unknown => {
  let value = data;
  for (const name of key.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
};

const layer = (kind: 'flag' | 'environment', name: string, setting: Setting, given: unknown): Layer => ({
  kind,
  value: nest(setting.key, read(setting, given)),
  locate: () => ({ file: name, line: 0, column: 0 }),
});

const read = (setting: Setting, given: unknown): unknown => {
  if (setting.kind === 'list') {
    const texts: readonly unknown[] = Array.isArray(given) ? given : [given];
    return texts.flatMap((text) => (typeof text === 'string' ? text.split(',').map((item) => item.trim()) : [text]));
  }
  if (setting.kind === 'integer' && typeof given === 'string' && /^\d{1,9}$/.test(given)) return Number(given);
  return given;
};

const nest = (key: SettingKey, value: unknown): unknown =>
  key.split('.').reduceRight((inner, name): unknown => ({ [name]: inner }), value);
