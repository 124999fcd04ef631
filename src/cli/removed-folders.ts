import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from '../config/config.ts';

/** In milliseconds. */
const LOOK_MS = 1000;

/** The folders of other programs that the agent watches; each may be a mount of the host's. */
export function watchedFolders({ ovsdb, openflow, libvirt }: Config): readonly string[] {
  const sockets = ovsdb.flatMap((remote) => (remote.startsWith('unix:') ? dirname(remote.slice('unix:'.length)) : []));
  const ofLibvirt =
    libvirt === 'none'
      ? []
      : [join(libvirt.stateDir, 'network'), join(libvirt.stateDir, 'qemu'), join(libvirt.configDir, 'qemu')];
  return [...new Set([...sockets, openflow, ...ofLibvirt])];
}

/**
 * Whether the folder was removed where it is mounted from: what is mounted then stays empty for ever, even when somebody makes
 * a folder of that name again. A folder that is not mounted is simply gone, or another one.
 */
export function isRemoved(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.nlink === 0;
}

/** Resolves with the first of `folders` that is removed under its mount; never, after `signal` is aborted. */
export function removedFolder(folders: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      try {
        const removed = folders.find(isRemoved);
        if (removed !== undefined) resolve(removed);
      } catch {
        // Who may not look at a folder cannot read it either, and that is told where it is read.
      }
    }, LOOK_MS);
    signal.addEventListener('abort', () => {
      clearInterval(timer);
    });
  });
}
