import { errnoOf, messageOf } from '../base/thrown.ts';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { FileUnreadable } from './errors.ts';

export interface FileContent {
  readonly bytes: Uint8Array;
  readonly signature: string;
}

/** The members of BigIntStats that change when a file is replaced or written. */
interface Stamps {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** Equal signatures mean the same content; inode numbers are reused soon, so the times are needed beside them. */
export function signatureOf(stats: Stamps): string {
  return [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':');
}

/**
 * Reads a regular file, but never more than `maxBytes + 1` bytes, so that a caller sees that it is too large.
 * Returns undefined if the file does not exist (any more); throws FileUnreadable for every other failure.
 */
export async function readBounded(file: string, maxBytes: number): Promise<FileContent | undefined> {
  try {
    // Non-blocking, as opening a FIFO would otherwise wait for a writer for ever.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat({ bigint: true });
      if (!stats.isFile()) throw new FileUnreadable(file, 'it is not a regular file');
      const buffer = Buffer.alloc(Math.min(Number(stats.size), maxBytes) + 1);
      let length = 0;
      while (length < buffer.length) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return { bytes: buffer.subarray(0, length), signature: signatureOf(stats) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error instanceof FileUnreadable ? error : new FileUnreadable(file, messageOf(error));
  }
}
