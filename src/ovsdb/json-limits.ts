import { ProtocolError } from './errors.ts';

/** Bounds on what one message may cost. */
export interface JsonLimits {
  /** Largest message, in bytes. */
  readonly maxMessageBytes: number;
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number;
}

/** A dump of 100 000 ports is about 60 MB; OVSDB itself nests 12 deep at most. */
export const defaultJsonLimits: JsonLimits = { maxMessageBytes: 256 * 1024 * 1024, maxDepth: 100 };

/** @throws ProtocolError for a message of more levels than `limits` has */
export function checkDepth(depth: number, { maxDepth }: JsonLimits): void {
  if (depth > maxDepth) throw new ProtocolError(`the peer sent a message nested deeper than ${maxDepth} levels`);
}
