import { Reader, Writer } from './bytes.ts';
import type { Message } from './message.ts';

/** OFPHET_VERSIONBITMAP (OpenFlow 1.5 section 7.5.1). */
const VERSION_BITMAP = 1;

/** Body of the OFPT_HELLO that offers `versions`. */
export function encodeHello(versions: readonly number[]): Buffer {
  const bitmap = versions.reduce((bits, version) => bits | (1 << version), 0);
  return new Writer().u16(VERSION_BITMAP).u16(8).u32(bitmap).finish();
}

/** The versions a hello offers, ascending: its bitmap, or every version up to its header's when it has none. */
export function offeredVersions(hello: Message): number[] {
  const bitmap = readBitmap(hello.body);
  const offers = (version: number): boolean =>
    bitmap === undefined ? version >= 1 && version <= hello.version : ((bitmap >>> version) & 1) === 1;
  return Array.from({ length: 32 }, (_, version) => version).filter(offers);
}

function readBitmap(body: Buffer): number | undefined {
  const reader = new Reader(body, 'hello');
  while (reader.remaining >= 4) {
    const element = reader.structure(2, 4);
    reader.skip(Math.min(reader.remaining, -element.length & 7));
    if (element.readUInt16BE(0) === VERSION_BITMAP && element.length >= 8) return element.readUInt32BE(4);
  }
  return undefined;
}
