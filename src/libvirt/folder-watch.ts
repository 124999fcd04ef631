import { errnoOf, messageOf } from '../base/thrown.ts';
import { statSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname, relative, sep } from 'node:path';
import type { Report } from './report.ts';

/** Of setting a watch on a path that changes under it. */
const MAX_ROUNDS = 8;

interface Armed {
  readonly target: string;
  readonly identity: string;
  readonly watcher: FSWatcher;
}

/**
 * Watches one folder, or while it does not exist the nearest ancestor that does, so that it is seen to appear. A folder, never
 * a file: libvirt replaces files by rename, which a watch on the old file would not see.
 *
 * `onEvent` gets the name of the entry that changed, or undefined when the whole folder needs a look: it appeared, vanished, or
 * is another folder now. What no event tells (a mount over the folder, an ancestor renamed, a watch refused) is found by
 * calling `ensure` now and then.
 */
export class FolderWatch {
  readonly folder: string;
  readonly #onEvent: (name: string | undefined) => void;
  readonly #report: Report;
  #armed: Armed | undefined;
  #degraded = false;
  #closed = false;

  constructor(folder: string, onEvent: (name: string | undefined) => void, report: Report) {
    this.folder = folder;
    this.#onEvent = onEvent;
    this.#report = report;
  }

  /** Makes the watch fit what the path leads to now. Returns whether it had to be set anew. */
  ensure(): boolean {
    let changed = false;
    // Once more after each change: a folder that appears between the look and the watch would be missed.
    for (let round = 0; round < MAX_ROUNDS && this.#follow(); round += 1) changed = true;
    return changed;
  }

  close(): void {
    this.#closed = true;
    this.#disarm();
  }

  #follow(): boolean {
    if (this.#closed) return false;
    const { target, identity } = nearest(this.folder);
    if (this.#armed?.target === target && this.#armed.identity === identity) return false;
    this.#disarm();
    try {
      const watcher = watch(target, { persistent: false }, (kind, name) => {
        this.#changed(target, kind, name);
      });
      watcher.on('error', (error) => {
        this.#disarm();
        this.#degrade(error);
      });
      this.#armed = { target, identity, watcher };
      this.#degraded = false;
      return true;
    } catch (error) {
      // It went away since it was found: the next round finds what is there then.
      if (errnoOf(error) === 'ENOENT') return true;
      this.#degrade(error);
      return false;
    }
  }

  #changed(target: string, kind: string, name: string | null): void {
    if (this.#closed) return;
    // A watched folder's own removal is told as a rename under its own name. Its watch is dead then, although a folder made
    // in its place may well have got the same inode number.
    const died = kind === 'rename' && name === basename(target);
    if (died) this.#disarm();
    const leads = target === this.folder || name === null || name === relative(target, this.folder).split(sep)[0];
    if (kind === 'rename' && (died || leads) && this.ensure()) this.#onEvent(undefined);
    if (target === this.folder) this.#onEvent(name ?? undefined);
  }

  #disarm(): void {
    this.#armed?.watcher.close();
    this.#armed = undefined;
  }

  #degrade(error: unknown): void {
    if (this.#degraded) return;
    this.#degraded = true;
    const hint = errnoOf(error) === 'ENOSPC' ? '; raise the sysctl fs.inotify.max_user_watches' : '';
    const message = `cannot be watched (${messageOf(error)}), so changes are found by polling alone${hint}`;
    this.#report({ kind: 'watch-degraded', folder: this.folder, message });
  }
}

function nearest(folder: string): { target: string; identity: string } {
  for (let target = folder; ; target = dirname(target)) {
    try {
      const stats = statSync(target, { bigint: true });
      if (stats.isDirectory()) return { target, identity: `${stats.dev}:${stats.ino}:${stats.birthtimeNs}` };
    } catch {
      // Not there, or not to be entered: its parent may be.
    }
    if (target === dirname(target)) return { target, identity: '' };
  }
}
