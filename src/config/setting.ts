import { keySchema } from './schema.ts';

/** A setting that a flag or an environment variable can give, too. The file alone can give `metrics.endpoints`, `outside`, `pvlans`, `portgroups`, `guests` and `fleet`. */
export interface Setting {
  /** Path in the file, such as `log.level`. */
  readonly key: SettingKey;
  /** Long option, such as `--log-level`. */
  readonly flag: string;
  /** The flag with its value's name as commander wants it, such as `--log-level <level>`. */
  readonly usage: string;
  /** Name under which commander's `opts()` holds the flag, such as `logLevel`. */
  readonly attribute: string;
  /** Environment variable, such as `PVLAN_AGENT_LOG_LEVEL`. */
  readonly env: string;
  /** How text from a flag or variable is read: a list is split at commas. */
  readonly kind: 'text' | 'integer' | 'list';
  /** The schema's description: one sentence or two, the default apart. */
  readonly description: string;
  /** The schema's default; undefined where the key has none or it depends on others. */
  readonly default: unknown;
}

/** The flag and the variable that name the file itself. */
export const configFile = {
  flag: '--config',
  usage: '--config <file>',
  attribute: 'config',
  env: 'PVLAN_AGENT_CONFIG',
  description: 'Configuration file (YAML).',
  default: '/etc/pvlan-agent/config.yaml',
} as const;

const table = [
  ['ovsdb', 'remotes', 'list'],
  ['ssl.ca', 'file', 'text'],
  ['ssl.certificate', 'file', 'text'],
  ['ssl.privateKey', 'file', 'text'],
  ['openflow', 'folder', 'text'],
  ['libvirt', 'none', 'text'],
  ['libvirt.stateDir', 'folder', 'text'],
  ['libvirt.configDir', 'folder', 'text'],
  ['libvirt.virshUri', 'uri', 'text'],
  ['bridges', 'names', 'list'],
  ['control', 'socket', 'text'],
  ['unresolved', 'policy', 'text'],
  ['tables.first', 'number', 'integer'],
  ['tables.lowestPriority', 'number', 'integer'],
  ['metrics.listen', 'address', 'text'],
  ['log.level', 'level', 'text'],
  ['log.format', 'format', 'text'],
] as const;

/** Path in the file of a setting with a flag and a variable. */
export type SettingKey = (typeof table)[number][0];

/** Every setting with a flag and a variable, in the order of the file: what `--help`, the docs and the loader go by. */
export const settings: readonly Setting[] = table.map(([key, value, kind]) => {
  const words = key.replaceAll('.', '-').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const { description, default: byDefault } = keySchema(key);
  return {
    key,
    flag: `--${words}`,
    usage: `--${words} <${value}>`,
    attribute: words.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    env: `PVLAN_AGENT_${words.replaceAll('-', '_').toUpperCase()}`,
    kind,
    description,
    default: byDefault,
  };
});
