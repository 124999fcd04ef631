import { dirname } from 'node:path';
import type { Config, LibvirtConfig, LoadedConfig, LogFormat, LogLevel } from './config.ts';
import { schemaProblems } from './complaint.ts';
import { ConfigError, formatPlace } from './error.ts';
import { isPresent, readConfigFile } from './file.ts';
import { fleetSettings, type FleetEntry } from './fleet.ts';
import { guestFacts } from './guests.ts';
import type { GuestEntry } from './guests.ts';
import { environmentLayers, flagLayers, namedFile, valueAt } from './layer.ts';
import type { Environment, FlagValues, Layer } from './layer.ts';
import { child } from './pointer.ts';
import { portgroupSettings } from './portgroups.ts';
import type { PortgroupEntry } from './portgroups.ts';
import { pvlanList } from './pvlans.ts';
import type { PvlanEntry } from './pvlan-entry.ts';
import { listenProblems, remoteProblems, socketProblems } from './remotes.ts';
import { keySchema } from './schema.ts';
import { configFile } from './setting.ts';

/** Where settings come from; a flag wins over a variable, a variable over the file, the file over the default. */
export interface ConfigSources {
  /** The file to read; default: what the flag `--config` or `PVLAN_AGENT_CONFIG` names, else `defaultFile` if it exists. */
  readonly file?: string | undefined;
  readonly env: Environment;
  readonly flags: FlagValues;
  /** Default: /etc/pvlan-agent/config.yaml. */
  readonly defaultFile?: string;
}

/**
 * Reads, merges and checks every source against `schemas/config.schema.json` and the rules it cannot say.
 * @throws ConfigError with every problem found, each with its file, line and column, or its flag or variable.
 */
export const loadConfig = (sources: ConfigSources): LoadedConfig => {
  const layers: Layer[] = [...flagLayers(sources.flags), ...environmentLayers(sources.env)];
  const problems = [];
  const path =
    sources.file ?? namedFile(sources.flags, sources.env) ?? existing(sources.defaultFile ?? configFile.default);
  if (path !== undefined) {
    const file = readConfigFile(path);
    problems.push(...file.problems);
    if (file.problems.length === 0) layers.push({ kind: 'file', ...file.located });
  }
  problems.push(...layers.flatMap(schemaProblems));
  if (problems.length > 0) throw new ConfigError(problems);
  return new Merge(layers).config();
};

const existing = (path: string): string | undefined => (isPresent(path) ? path : undefined);

/** Types the schema vouches for, by key. */
interface Values {
  ovsdb: string | readonly string[];
  'ssl.ca': string;
  'ssl.certificate': string;
  'ssl.privateKey': string;
  openflow: string;
  'libvirt.stateDir': string;
  'libvirt.configDir': string;
  'libvirt.virshUri': string;
  bridges: readonly string[];
  control: string;
  unresolved: Config['unresolved'];
  outside: Readonly<Record<string, 'open' | 'quarantine'>>;
  pvlans: readonly PvlanEntry[];
  portgroups: Readonly<Record<string, PortgroupEntry>>;
  guests: Readonly<Record<string, GuestEntry>>;
  fleet: FleetEntry;
  'tables.first': number;
  'tables.lowestPriority': number;
  'metrics.listen': string;
  'metrics.endpoints': boolean;
  'log.level': LogLevel;
  'log.format': LogFormat;
}

/** Builds the configuration from layers that keep to the schema, and finds what the schema cannot. */
class Merge {
  readonly #layers: readonly Layer[];
  readonly #origins = new Map<string, string>();

  constructor(layers: readonly Layer[]) {
    this.#layers = layers;
  }

  config(): LoadedConfig {
    const ovsdb = [this.#pick('ovsdb')].flat();
    const pvlans = pvlanList(this.#pick('pvlans'), this.#locator('pvlans'));
    const portgroups = portgroupSettings(this.#pick('portgroups'), pvlans.value, this.#locator('portgroups'));
    const guests = guestFacts(this.#pick('guests'), this.#locator('guests'));
    const ssl = {
      ca: this.#optional('ssl.ca'),
      certificate: this.#optional('ssl.certificate'),
      privateKey: this.#optional('ssl.privateKey'),
    };
    const fleet = fleetSettings(this.#optional('fleet'), ssl, this.#locator('fleet'));
    const control = this.#pick('control');
    const listen = this.#optional('metrics.listen');
    const problems = [
      ...remoteProblems(ovsdb, ssl, this.#locator('ovsdb')),
      ...socketProblems(control, this.#locator('control')('')),
      ...listenProblems(listen, this.#locator('metrics.listen')('')),
      ...pvlans.problems,
      ...portgroups.problems,
      ...guests.problems,
      ...fleet.problems,
    ];
    if (problems.length > 0) throw new ConfigError(problems);
    const { ca, certificate, privateKey } = ssl;
    return {
      ovsdb,
      ssl:
        ca !== undefined && certificate !== undefined && privateKey !== undefined
          ? { ca, certificate, privateKey }
          : undefined,
      openflow: this.#optional('openflow') ?? this.#openflowFolder(ovsdb),
      libvirt: this.#libvirt(),
      bridges: this.#optional('bridges'),
      control,
      unresolved: this.#pick('unresolved'),
      outside: new Map(Object.entries(this.#pick('outside'))),
      pvlans: pvlans.value,
      portgroups: portgroups.roles,
      txOffload: portgroups.txOffload,
      guests: guests.value,
      fleet: fleet.value,
      tables: { first: this.#pick('tables.first'), lowestPriority: this.#pick('tables.lowestPriority') },
      metrics: { listen, endpoints: this.#pick('metrics.endpoints') },
      log: { level: this.#pick('log.level'), format: this.#pick('log.format') },
      origins: this.#origins,
    };
  }

  #libvirt(): LibvirtConfig | 'none' {
    const source = this.#source('libvirt');
    if (source !== undefined && valueAt(source.value, 'libvirt') === 'none') {
      this.#origins.set('libvirt', this.#origin('libvirt', source));
      return 'none';
    }
    return {
      stateDir: this.#pick('libvirt.stateDir'),
      configDir: this.#pick('libvirt.configDir'),
      virshUri: this.#optional('libvirt.virshUri'),
    };
  }

  #openflowFolder(remotes: readonly string[]): string {
    const local = remotes.find((remote) => remote.startsWith('unix:'));
    if (local === undefined) return '/run/openvswitch';
    this.#origins.set('openflow', 'default: the folder of the unix: remote');
    return dirname(local.slice('unix:'.length));
  }

  /** The value of `key` after precedence; the schema has vouched for its type. */
  #pick<K extends keyof Values>(key: K): Values[K] {
    return (this.#optional(key) ?? keySchema(key).default) as Values[K];
  }

  #optional<K extends keyof Values>(key: K): Values[K] | undefined {
    const source = this.#source(key);
    this.#origins.set(key, source === undefined ? 'default' : this.#origin(key, source));
    return source === undefined ? undefined : (valueAt(source.value, key) as Values[K]);
  }

  #source(key: string): Layer | undefined {
    return this.#layers.find((layer) => valueAt(layer.value, key) !== undefined);
  }

  #origin(key: string, source: Layer): string {
    const place = formatPlace(source.locate(pointerOf(key), 'key'));
    return source.kind === 'file' ? place : `${source.kind} ${place}`;
  }

  #locator(key: string): Layer['locate'] {
    const source = this.#source(key);
    return (pointer, what) =>
      source?.locate(`${pointerOf(key)}${pointer}`, what) ?? { file: 'default', line: 0, column: 0 };
  }
}

const pointerOf = (key: string): string => key.split('.').reduce(child, '');
