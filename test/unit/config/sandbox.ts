import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadedConfig } from '../../../src/config/config.ts';
import { ConfigError } from '../../../src/config/error.ts';
import { loadConfig } from '../../../src/config/load.ts';

/** A folder for the configuration files of one test file; nothing outside of it is read. */
export class Sandbox {
  readonly folder = mkdtempSync(join(tmpdir(), 'pvlan-config-'));
  readonly file = join(this.folder, 'config.yaml');

  /** Loads `content` as the only source. */
  load(content: string | Buffer): LoadedConfig {
    writeFileSync(this.file, content);
    return loadConfig({ file: this.file, env: {}, flags: {} });
  }

  /** Loads without any file, unless flags or environment name one. */
  loadFrom(sources: { env?: Record<string, string>; flags?: Record<string, unknown> }): LoadedConfig {
    return loadConfig({
      env: sources.env ?? {},
      flags: sources.flags ?? {},
      defaultFile: join(this.folder, 'absent.yaml'),
    });
  }

  /** What is wrong with `content`, each as `line:column: message`; empty when nothing is. */
  problems(content: string | Buffer): string[] {
    return complaints(() => this.load(content)).map((line) => line.replace(`${this.file}:`, ''));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The lines of the ConfigError that `action` throws; empty when it throws none. */
export const complaints = (action: () => unknown): string[] => {
  try {
    action();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
};
