import { lstatSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';

/** Tells the file at `path` from every other that there is, as long as a server listens on it and so keeps its inode. */
export function fileAt(path: string): string | undefined {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

/** Whether somebody listens at `path`. @throws the error of connect(2) when that cannot be told */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      else reject(error);
    });
  });
}

/** Makes `server` listen on a socket that only root and its group may use. @throws the error of bind(2) */
export function listen(server: Server, path: string): Promise<void> {
  // Others must not read which guests a host has; the mask holds for the moment of creation only.
  const before = process.umask(0o117);
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      // A connection that could not be accepted (no file descriptor left) concerns whoever asked, not the agent.
      server.on('error', () => undefined);
      resolve();
    });
  }).finally(() => process.umask(before));
}

/** Ends every connection of `server`, which may not have begun to listen; the file it was bound to is gone then. */
export function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => {
      resolve();
    });
  });
}
