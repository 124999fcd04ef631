import { settings, type SettingKey } from '../../config/setting.ts';

/** The database's settings. */
export const DATABASE = [
  'ovsdb',
  'ssl.ca',
  'ssl.certificate',
  'ssl.privateKey',
] as const satisfies readonly SettingKey[];
export const LIBVIRT = ['libvirt', 'libvirt.stateDir', 'libvirt.configDir'] as const satisfies readonly SettingKey[];
/** What finding out what every port should be goes by. */
export const SURVEY = [
  ...DATABASE,
  'openflow',
  ...LIBVIRT,
  'bridges',
  'unresolved',
] as const satisfies readonly SettingKey[];
/** What finding out what would change goes by. */
export const PLAN = [...SURVEY, 'tables.first', 'tables.lowestPriority'] as const satisfies readonly SettingKey[];
/** What commands go by that ask the agent first, and the switch where none answers. */
export const STATUS = ['control', ...PLAN] as const satisfies readonly SettingKey[];
export const ALL: readonly SettingKey[] = settings.map(({ key }) => key);
