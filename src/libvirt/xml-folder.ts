import { errnoOf, messageOf } from '../base/thrown.ts';
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FileUnreadable, XmlRefused } from './errors.ts';
import { FolderWatch } from './folder-watch.ts';
import type { Gate } from '../base/gate.ts';
import { readBounded, signatureOf } from './read-file.ts';
import type { Report } from './report.ts';

/** What all folders of one index share. */
export interface IndexContext {
  readonly report: Report;
  readonly gate: Gate;
  /** Larger files are refused. */
  readonly maxBytes: number;
  /** Called when something that the index knows has changed. */
  readonly onChange: () => void;
}

export type Parse<T> = (bytes: Uint8Array, file: string) => T;

interface Known<T> {
  readonly signature: string;
  /** Undefined for a refused file. */
  readonly value: T | undefined;
  /** What it said when it was last understood; tells whose file it is and nothing else. */
  readonly last: T | undefined;
  readonly fingerprint: string;
}

const SUFFIX = '.xml';
/** More than any host has; a folder that is flooded must not fill the memory. */
const MAX_FILES = 16_384;
/** A file larger than this, in bytes, is not read again before this many times what it took to read it. */
const LARGE_BYTES = 64 * 1024;
const REST_FACTOR = 20;
const MAX_REST_MS = 1000;

/**
 * The parsed `*.xml` files of one folder, kept up to date by watching and rescanning it.
 *
 * A file that becomes unreadable or malformed loses what it said before, rather than keeping the last good version: the change
 * that broke it may be the one that moved the NIC to another portgroup, and a stale answer can be an open one. Knowing nothing
 * makes the caller quarantine the port, which is the safe side.
 *
 * Files do not wait for each other. Of one file, looks come one after the other; a large one that is written again and again
 * takes at most a twentieth of the time, for which its last but one content holds up to a second longer.
 */
export class XmlFolder<T> {
  readonly folder: string;
  readonly #parse: Parse<T>;
  readonly #context: IndexContext;
  readonly #watch: FolderWatch;
  readonly #files = new Map<string, Known<T>>();
  /** The looks under way or waiting, by name, and what has to be read again after them. */
  readonly #looks = new Map<string, Promise<void>>();
  readonly #touched = new Set<string>();
  /** Large files that rest, and until when by performance.now(). */
  readonly #resting = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #onFolders: ((names: readonly string[]) => void) | undefined;
  #scanWanted = false;
  #running: Promise<void> | undefined;
  #present = false;
  #complaint: string | undefined;
  #closed = false;

  /** `onFolders` is called after every scan with the names of the folders in this one. */
  constructor(folder: string, parse: Parse<T>, context: IndexContext, onFolders?: (names: readonly string[]) => void) {
    this.folder = folder;
    this.#parse = parse;
    this.#context = context;
    this.#onFolders = onFolders;
    this.#watch = new FolderWatch(
      folder,
      (name) => {
        this.#onEvent(name);
      },
      context.report,
    );
  }

  /** Whether the folder exists and could be listed. */
  get present(): boolean {
    return this.#present;
  }

  /** Whether the folder is there, even if it cannot be listed. */
  get exists(): boolean {
    return this.#present || this.#complaint !== undefined;
  }

  /** Every file that was understood, by path. */
  *values(): Generator<[string, T]> {
    for (const [file, { value }] of this.#files) if (value !== undefined) yield [file, value];
  }

  /** What every file that is there says, or said when it was last understood, by path. */
  *lastValues(): Generator<[string, T]> {
    for (const [file, { last }] of this.#files) if (last !== undefined) yield [file, last];
  }

  /** Files that are there but say nothing, as they are unreadable or malformed; the folder itself if it cannot be listed. */
  refused(): readonly string[] {
    if (this.#complaint !== undefined) return [this.folder];
    return [...this.#files].flatMap(([file, { value }]) => (value === undefined ? file : []));
  }

  /** The file that libvirt gives to what is called `name`. */
  path(name: string): string {
    return join(this.folder, `${name}${SUFFIX}`);
  }

  /** What this very file says: its value, `refused`, or undefined if it is not there. */
  get(name: string): T | 'refused' | undefined {
    const known = this.#files.get(join(this.folder, name));
    return known === undefined ? undefined : (known.value ?? 'refused');
  }

  /** Looks at every file, reads those whose size, times or inode changed, and settles when all is known. Never rejects. */
  async scan(): Promise<void> {
    // The watch first: what changes after it is told, what changed before is found.
    this.#watch.ensure();
    this.#scanWanted = true;
    await this.#scan();
  }

  close(): void {
    this.#closed = true;
    this.#watch.close();
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  async #scan(): Promise<void> {
    while (this.#scanWanted && !this.#closed) {
      this.#running ??= this.#scanAll().finally(() => {
        this.#running = undefined;
      });
      await this.#running;
    }
  }

  #onEvent(name: string | undefined): void {
    if (name?.endsWith(SUFFIX) === true) this.#touch(name);
    // Only the watcher of subfolders cares for other names; `X.xml.new` and pid files are of no interest.
    else if (name === undefined || this.#onFolders !== undefined) {
      this.#scanWanted = true;
      void this.#scan();
    }
  }

  /** Reads the file once more after what is under way, or when its rest is over. */
  #touch(name: string): void {
    if (this.#touched.has(name) || this.#timers.has(name)) return;
    const rest = (this.#resting.get(name) ?? 0) - performance.now();
    if (rest > 0) {
      const wake = (): void => {
        this.#timers.delete(name);
        this.#touch(name);
      };
      this.#timers.set(name, setTimeout(wake, Math.ceil(rest)).unref());
      return;
    }
    this.#touched.add(name);
    void this.#queue(name, () => this.#refresh(name));
  }

  /** Runs `look` after the other looks at that file. */
  #queue(name: string, look: () => Promise<void> | void): Promise<void> {
    const queued: Promise<void> = (this.#looks.get(name) ?? Promise.resolve()).then(look).finally(() => {
      if (this.#looks.get(name) === queued) this.#looks.delete(name);
    });
    this.#looks.set(name, queued);
    return queued;
  }

  async #scanAll(): Promise<void> {
    while (!this.#closed && this.#scanWanted) {
      this.#scanWanted = false;
      await this.#scanFolder();
    }
  }

  async #scanFolder(): Promise<void> {
    const entries = await this.#list();
    const files = entries.filter((entry) => !entry.isDirectory() && entry.name.endsWith(SUFFIX));
    const names = new Set(files.slice(0, MAX_FILES).map((entry) => entry.name));
    const gone = [...this.#files.keys()].filter((file) => !names.has(basename(file)));
    await Promise.all([
      ...gone.map((file) =>
        this.#queue(basename(file), () => {
          this.#forget(file);
        }),
      ),
      ...Array.from(names, (name) => this.#queue(name, () => this.#refresh(name))),
    ]);
    this.#onFolders?.(entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name));
  }

  async #list(): Promise<readonly Dirent[]> {
    try {
      const entries = await readdir(this.folder, { withFileTypes: true });
      this.#setPresent(true, undefined);
      return entries;
    } catch (error) {
      const missing = errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR';
      this.#setPresent(false, missing ? undefined : messageOf(error));
      return [];
    }
  }

  #setPresent(present: boolean, complaint: string | undefined): void {
    if (present !== this.#present) this.#context.onChange();
    if (complaint !== undefined && complaint !== this.#complaint) {
      const message = `cannot be listed (${complaint}); let the agent read it`;
      this.#context.report({ kind: 'folder-unreadable', folder: this.folder, message });
    }
    this.#present = present;
    this.#complaint = complaint;
  }

  /** Reads the file if an event named it, even if it looks the same, and if it does not. */
  async #refresh(name: string): Promise<void> {
    const file = join(this.folder, name);
    await this.#context.gate.run(async () => {
      if (this.#closed) return;
      const touched = this.#touched.delete(name);
      const before = this.#files.get(file);
      if (!touched && before !== undefined && (await currentSignature(file)) === before.signature) return;
      await this.#read(name, before);
    });
  }

  async #read(name: string, before: Known<T> | undefined): Promise<void> {
    const file = join(this.folder, name);
    const { maxBytes } = this.#context;
    let signature = 'unreadable';
    try {
      const content = await readBounded(file, maxBytes);
      if (content === undefined) {
        this.#forget(file);
        return;
      }
      signature = content.signature;
      const value = this.#understand(name, content.bytes);
      this.#keep(file, before, { signature, value, last: value, fingerprint: JSON.stringify(value) });
    } catch (error) {
      // A bug in a parser must not end the index either, so everything thrown is a refusal of this file.
      if (signature === 'unreadable') signature = (await currentSignature(file)) ?? signature;
      const code = error instanceof XmlRefused || error instanceof FileUnreadable ? error.code : 'unexpected';
      const message = messageOf(error);
      if (before?.signature !== signature || before.value !== undefined) {
        this.#context.report({ kind: 'file-refused', file, code, message });
      }
      this.#keep(file, before, { signature, value: undefined, last: before?.last, fingerprint: message });
    }
  }

  /** @throws XmlRefused */
  #understand(name: string, bytes: Uint8Array): T {
    const { maxBytes } = this.#context;
    const file = join(this.folder, name);
    if (bytes.length > maxBytes) throw new XmlRefused('too-large', file, `it has more than ${maxBytes} bytes`);
    const start = performance.now();
    try {
      return this.#parse(bytes, file);
    } finally {
      const end = performance.now();
      if (bytes.length <= LARGE_BYTES) this.#resting.delete(name);
      else this.#resting.set(name, end + Math.min(REST_FACTOR * (end - start), MAX_REST_MS));
    }
  }

  #keep(file: string, before: Known<T> | undefined, known: Known<T>): void {
    if (this.#closed) return;
    this.#files.set(file, known);
    // libvirt rewrites a domain's status often; only what the index can tell apart is worth waking anyone.
    if (before?.fingerprint !== known.fingerprint) this.#context.onChange();
  }

  #forget(file: string): void {
    this.#resting.delete(basename(file));
    if (this.#files.delete(file)) this.#context.onChange();
  }
}

async function currentSignature(file: string): Promise<string | undefined> {
  try {
    return signatureOf(await stat(file, { bigint: true }));
  } catch {
    return undefined;
  }
}
