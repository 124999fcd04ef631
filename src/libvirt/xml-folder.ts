import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errnoOf, FileUnreadable, messageOf, XmlRefused } from './errors.ts';
import { FolderWatch } from './folder-watch.ts';
import type { Gate } from './gate.ts';
import { readBounded, signatureOf } from './read-file.ts';
import type { Report } from './report.ts';

/** What all folders of one index share. */
export interface IndexContext {
  readonly report: Report;
  readonly gate: Gate;
  readonly maxBytes: number;
  /** Called when something that the index knows has changed. */
  readonly onChange: () => void;
}

export type Parse<T> = (bytes: Uint8Array, file: string, maxBytes: number) => T;

interface Known<T> {
  readonly signature: string;
  /** Undefined for a refused file. */
  readonly value: T | undefined;
  readonly fingerprint: string;
}

const SUFFIX = '.xml';
/** More than any host has; a folder that is flooded must not fill the memory. */
const MAX_FILES = 16_384;

/**
 * The parsed `*.xml` files of one folder, kept up to date by watching and rescanning it.
 *
 * A file that becomes unreadable or malformed loses what it said before, rather than keeping the last good version: the change
 * that broke it may be the one that moved the NIC to another portgroup, and a stale answer can be an open one. Knowing nothing
 * makes the caller quarantine the port, which is the safe side.
 */
export class XmlFolder<T> {
  readonly folder: string;
  readonly #parse: Parse<T>;
  readonly #context: IndexContext;
  readonly #watch: FolderWatch;
  readonly #files = new Map<string, Known<T>>();
  readonly #touched = new Set<string>();
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
    await this.#run();
  }

  close(): void {
    this.#closed = true;
    this.#watch.close();
  }

  #onEvent(name: string | undefined): void {
    if (name?.endsWith(SUFFIX)) this.#touched.add(name);
    // Only the watcher of subfolders cares for other names; `X.xml.new` and pid files are of no interest.
    else if (name === undefined || this.#onFolders !== undefined) this.#scanWanted = true;
    else return;
    void this.#run();
  }

  /** One worker at a time; what comes in meanwhile is done in its next round. */
  #run(): Promise<void> {
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #work(): Promise<void> {
    while (!this.#closed && (this.#scanWanted || this.#touched.size > 0)) {
      const touched = [...this.#touched];
      this.#touched.clear();
      if (this.#scanWanted) {
        this.#scanWanted = false;
        await this.#scanFolder(new Set(touched));
      } else {
        await Promise.all(touched.map((name) => this.#refresh(name, true)));
      }
    }
  }

  async #scanFolder(touched: ReadonlySet<string>): Promise<void> {
    const entries = await this.#list();
    const files = entries.filter((entry) => !entry.isDirectory() && entry.name.endsWith(SUFFIX));
    const names = new Set(files.slice(0, MAX_FILES).map((entry) => entry.name));
    for (const file of [...this.#files.keys()]) {
      if (!names.has(basename(file))) this.#forget(file);
    }
    await Promise.all([...names].map((name) => this.#refresh(name, touched.has(name))));
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

  /** `touched`: an event named the file, so it is read even if it looks the same. */
  async #refresh(name: string, touched: boolean): Promise<void> {
    const file = join(this.folder, name);
    await this.#context.gate.run(async () => {
      if (this.#closed) return;
      const before = this.#files.get(file);
      if (!touched && before !== undefined && (await currentSignature(file)) === before.signature) return;
      await this.#read(file, before);
    });
  }

  async #read(file: string, before: Known<T> | undefined): Promise<void> {
    const { maxBytes } = this.#context;
    let signature = 'unreadable';
    try {
      const content = await readBounded(file, maxBytes);
      if (content === undefined) {
        this.#forget(file);
        return;
      }
      signature = content.signature;
      const value = this.#parse(content.bytes, file, maxBytes);
      this.#keep(file, before, { signature, value, fingerprint: JSON.stringify(value) });
    } catch (error) {
      // A bug in a parser must not end the index either, so everything thrown is a refusal of this file.
      if (signature === 'unreadable') signature = (await currentSignature(file)) ?? signature;
      const code = error instanceof XmlRefused || error instanceof FileUnreadable ? error.code : 'unexpected';
      const message = messageOf(error);
      if (before?.signature !== signature || before.value !== undefined) {
        this.#context.report({ kind: 'file-refused', file, code, message });
      }
      this.#keep(file, before, { signature, value: undefined, fingerprint: message });
    }
  }

  #keep(file: string, before: Known<T> | undefined, known: Known<T>): void {
    if (this.#closed) return;
    this.#files.set(file, known);
    // libvirt rewrites a domain's status often; only what the index can tell apart is worth waking anyone.
    if (before?.fingerprint !== known.fingerprint) this.#context.onChange();
  }

  #forget(file: string): void {
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
