import type { Random } from '../chaos/random.ts';
import type { Target } from './target.ts';

/** Numbers on which lengths and counts go wrong. */
const EDGES = [0, 1, 7, 8, 0x7f, 0x80, 0xff];

type Mutation = (bytes: Buffer, random: Random, target: Target) => Buffer;

function splice(bytes: Buffer, at: number, remove: number, insert: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
}

function changed(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  if (at < copy.length) copy[at] = value;
  return copy;
}

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => changed(bytes, random.below(bytes.length + 1), random.below(256)),
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    return changed(bytes, at, (bytes[at] ?? 0) ^ (1 << random.below(8)));
  },
  (bytes, random) => changed(bytes, random.below(bytes.length + 1), random.pick(EDGES) ?? 0),
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), 1 + random.below(16), Buffer.alloc(0)),
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    return splice(bytes, at, 0, bytes.subarray(at, at + 1 + random.below(64)));
  },
  (bytes, random) => {
    const from = random.below(bytes.length + 1);
    return splice(bytes, random.below(bytes.length + 1), 0, bytes.subarray(from, from + 1 + random.below(64)));
  },
  (bytes, random, { words }) =>
    splice(bytes, random.below(bytes.length + 1), random.below(8), random.pick(words) ?? Buffer.alloc(0)),
  (bytes, random, { seeds }) => {
    const other = random.pick(seeds) ?? bytes;
    return Buffer.concat([
      bytes.subarray(0, random.below(bytes.length + 1)),
      other.subarray(random.below(other.length)),
    ]);
  },
];

/** One repetition in so many inputs runs up to the target's largest size: what grows faster than its input shows there. */
const RARELY = 400;

/** A well-formed input of `target` with a few things wrong. */
export function mutated(random: Random, target: Target): Buffer {
  let bytes = random.pick(target.seeds) ?? Buffer.alloc(0);
  for (let count = random.below(5); count >= 0; count -= 1)
    bytes = random.pick(MUTATIONS)?.(bytes, random, target) ?? bytes;
  if (random.below(RARELY) === 0) {
    const word = random.pick(target.words) ?? Buffer.from('x');
    const times = Math.floor(random.below(target.most) / Math.max(1, word.length));
    bytes = splice(bytes, random.below(bytes.length + 1), 0, Buffer.concat(Array<Buffer>(times).fill(word)));
  }
  return bytes.subarray(0, target.most);
}
