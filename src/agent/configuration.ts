import { isDeepStrictEqual } from 'node:util';
import { Subject, type Observable } from 'rxjs';
import { condition, type Condition } from '../alarm/alarm.ts';
import { messageOf } from '../base/thrown.ts';
import type { Config } from '../config/config.ts';
import type { FactSource } from './fact-source.ts';

/** Keys by which the agent was started: to change them takes another start. */
const FIXED = [
  'ovsdb',
  'ssl',
  'openflow',
  'libvirt',
  'control',
  'fleet',
  'tables',
  'metrics',
  'log',
] as const satisfies (keyof Config)[];

/**
 * The configuration in force. It is replaced as a whole or not at all: where the new one is wrong, or changes what cannot change
 * while the agent runs, the old one stays, and a condition says why.
 */
export class Configuration implements FactSource<Config> {
  readonly #changes = new Subject<void>();
  #config: Config;
  #problem: string | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  get changes$(): Observable<void> {
    return this.#changes;
  }

  get revision(): unknown {
    return this.#config;
  }

  read(): Config {
    return this.#config;
  }

  /** Takes over what `load` gives. Returns why it does not, if so. */
  reload(load: () => Config): string | undefined {
    this.#problem = undefined;
    try {
      const config = load();
      const changed = FIXED.filter((key) => !isDeepStrictEqual(config[key], this.#config[key]));
      if (changed.length > 0)
        this.#problem = `${changed.join(', ')} cannot change while the agent runs: start it again`;
      else this.#config = config;
    } catch (error) {
      this.#problem = messageOf(error);
    }
    this.#changes.next();
    return this.#problem;
  }

  /** What of it needs the operator. */
  conditions(): readonly Condition[] {
    if (this.#problem === undefined) return [];
    const message = `the configuration was not taken over, the one before stays in force: ${this.#problem}`;
    return [condition('configuration-refused', {}, message)];
  }
}
