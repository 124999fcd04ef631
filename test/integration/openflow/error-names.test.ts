import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { NICIRA } from '../../../src/openflow/action-types.ts';
import { Writer } from '../../../src/openflow/bytes.ts';
import { decodeError } from '../../../src/openflow/error-codec.ts';
import { encodeMessage, MessageType, type Version } from '../../../src/openflow/message.ts';
import { needsRelease } from '../../support/release-at-hand.ts';

const EXPERIMENTER = 0xffff;
/** Beyond the last type and code that either version knows. */
const TYPES = 24;
const CODES = 64;

interface Numbered {
  readonly what: string;
  readonly body: Buffer;
}

const STANDARD: readonly Numbered[] = Array.from({ length: TYPES * CODES }, (_, index) => {
  const [type, code] = [Math.floor(index / CODES), index % CODES];
  return { what: `${type},${code}`, body: new Writer().u16(type).u16(code).finish() };
});
const EXPERIMENTERS: readonly Numbered[] = Array.from({ length: CODES }, (_, code) => ({
  what: `Nicira ${code}`,
  body: new Writer().u16(EXPERIMENTER).u16(code).u32(NICIRA).finish(),
}));
const EVERY_ERROR = [...STANDARD, ...EXPERIMENTERS];

describe('the names of errors', () => {
  let folder = '';

  before(function () {
    needsRelease(this, [2, 15, 0], 'knows fewer errors');
    folder = mkdtempSync(join(tmpdir(), 'errors-'));
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** What `ovs-ofctl` calls each of {@link EVERY_ERROR} in `version`; undefined where it has no name. */
  function printed(version: Version): readonly (string | undefined)[] {
    const file = join(folder, 'errors');
    const messages = EVERY_ERROR.map(({ body }, index) => encodeMessage(version, MessageType.ERROR, index + 1, body));
    writeFileSync(file, Buffer.concat(messages));
    const text = execFileSync('ovs-ofctl', [`-OOpenFlow1${version - 1}`, 'ofp-parse', file], { encoding: 'utf8' });
    const lines = text.split('\n').filter((line) => line.startsWith('OFPT_ERROR'));
    expect(lines).to.have.length(EVERY_ERROR.length);
    return lines.map((line) => /\): ((?:OFP|NX)\w+)$/.exec(line)?.[1]);
  }

  function ours({ body }: Numbered): string | undefined {
    const name = decodeError(body, 'x').errorName;
    return /^(OFP|NX)/.test(name) ? name : undefined;
  }

  it('are those that ovs-ofctl prints for every type and code of OpenFlow 1.5, and no more', () => {
    const theirs = printed(0x06);
    expect(theirs.filter((name) => name !== undefined).length).to.be.above(180);
    const differing = EVERY_ERROR.flatMap((error, index) =>
      ours(error) === theirs[index] ? [] : [`${error.what}: ${ours(error) ?? 'none'}, not ${theirs[index] ?? 'none'}`],
    );
    expect(differing).to.deep.equal([]);
  });

  it('are those of OpenFlow 1.4 as well, which has none of another meaning', () => {
    const theirs = printed(0x05);
    expect(theirs.filter((name) => name !== undefined).length).to.be.above(150);
    const differing = EVERY_ERROR.filter(
      (error, index) => theirs[index] !== undefined && ours(error) !== theirs[index],
    );
    expect(differing.map(({ what }) => what)).to.deep.equal([]);
  });
});
