import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { readDocument } from './document.ts';
import type { Located } from './document.ts';
import { ConfigError } from './error.ts';
import type { Problem } from './error.ts';

const MAX_BYTES = 256 * 1024;

/**
 * Reads and parses the YAML file at `path`.
 * @throws ConfigError when it cannot be read, is larger than 256 KiB or is no UTF-8.
 */
export const readConfigFile = (path: string): { located: Located; problems: Problem[] } => {
  const fail = (message: string): never => {
    throw new ConfigError([{ file: path, line: 0, column: 0, message }]);
  };
  const bytes = readCapped(path, fail);
  if (bytes.length > MAX_BYTES)
    return fail(`larger than ${MAX_BYTES / 1024} KiB; a configuration is far smaller: is this the right file?`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail('not a text in UTF-8; save it as UTF-8');
  }
  return readDocument(path, text);
};

/** Whether something is at `path`; what cannot be looked at counts as present, so that reading it says why. */
export const isPresent = (path: string): boolean => existsSync(path);

const readCapped = (path: string, fail: (message: string) => never): Buffer => {
  const buffer = Buffer.alloc(MAX_BYTES + 1);
  let length = 0;
  try {
    const descriptor = openSync(path, 'r');
    try {
      // A read may return less than asked for, and devices have no size to ask for beforehand.
      for (let count = -1; count !== 0 && length < buffer.length; length += count) {
        count = readSync(descriptor, buffer, length, buffer.length - length, null);
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return fail(unreadable(error));
  }
  return buffer.subarray(0, length);
};

const unreadable = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') {
    return 'no such file; create it, name another with --config, or give no --config to run on defaults';
  }
  if (code === 'EACCES') return 'permission denied; let the user who runs pvlan-agent read the file';
  if (code === 'EISDIR') return 'is a folder; name the file inside of it';
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
};
