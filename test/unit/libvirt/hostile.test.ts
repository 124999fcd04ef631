import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { XmlRefused } from '../../../src/libvirt/errors.ts';
import { parseDomainStatus } from '../../../src/libvirt/domain-status.ts';
import { parseDomain } from '../../../src/libvirt/domain.ts';
import { parseNetworkPort } from '../../../src/libvirt/network-port.ts';
import { parseNetwork } from '../../../src/libvirt/network.ts';
import { until } from '../../lab/until.ts';
import { fixture, portFileOf, STATUS, VM } from './moments.ts';
import { FIXTURES, Tree } from './tree.ts';
import { runs } from '../../support/runs.ts';

const ISOLATED = '52:54:00:00:00:01';
const MOMENT = '9.0/hotplugged';

/** The portgroup names that a parser finds in a document. */
type Names = (bytes: Uint8Array, file: string) => (string | undefined)[];
const portNames: Names = (bytes, file) => [parseNetworkPort(bytes, file).portgroup];
const statusNames: Names = (bytes, file) => parseDomainStatus(bytes, file).domain.nics.map((nic) => nic.portgroup);
const domainNames: Names = (bytes, file) => parseDomain(bytes, file).nics.map((nic) => nic.portgroup);
const networkNames: Names = (bytes, file) => parseNetwork(bytes, file).portgroups.map(({ name }) => name);

const documents: { path: string; names: Names }[] = [
  { path: portFileOf(MOMENT, ISOLATED), names: portNames },
  { path: STATUS, names: statusNames },
  { path: 'config/qemu/web1.xml', names: domainNames },
  { path: 'state/network/ovs.xml', names: networkNames },
  { path: 'config/qemu/networks/ovsdef.xml', names: networkNames },
];

/** What may happen to a file: cut, bytes changed, a piece lost, doubled or moved elsewhere. */
const damage = fc.array(
  fc.record({
    how: fc.constantFrom('cut', 'set', 'lose', 'double', 'move'),
    at: fc.nat(1_000_000),
    to: fc.nat(1_000_000),
    length: fc.integer({ min: 1, max: 200 }),
    byte: fc.oneof(fc.constantFrom(...Buffer.from(`<>/&'"!-[]= \0`)), fc.nat(255)),
  }),
  { minLength: 1, maxLength: 4 },
);

function apply(bytes: Buffer, damages: typeof damage extends fc.Arbitrary<infer D> ? D : never): Buffer {
  return damages.reduce((current, { how, at, to, length, byte }) => {
    const start = at % (current.length + 1);
    const piece = current.subarray(start, start + length);
    const without = Buffer.concat([current.subarray(0, start), current.subarray(start + length)]);
    const target = to % (without.length + 1);
    switch (how) {
      case 'cut':
        return current.subarray(0, start);
      case 'set':
        return Buffer.concat([current.subarray(0, start), Buffer.of(byte), current.subarray(start + 1)]);
      case 'lose':
        return without;
      case 'double':
        return Buffer.concat([current.subarray(0, start), piece, current.subarray(start)]);
      default:
        return Buffer.concat([without.subarray(0, target), piece, without.subarray(target)]);
    }
  }, bytes);
}

/** As in a document, in both spellings that XML knows for what needs none of the other quote. */
function isLiterallyIn(text: string, name: string): boolean {
  const escaped = name.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return text.includes(name) || text.includes(escaped);
}

function holds(names: Names, bytes: Buffer): void {
  let found: (string | undefined)[];
  try {
    found = names(bytes, '/f/ovs/ports/x.xml');
  } catch (error) {
    expect(error).to.be.instanceOf(XmlRefused);
    return;
  }
  const text = bytes.toString();
  for (const name of found) {
    if (name !== undefined) expect(isLiterallyIn(text, name), `${name} is not in the file`).to.equal(true);
  }
}

describe('a damaged libvirt file', function () {
  this.timeout(60_000);

  for (const { path, names } of documents) {
    it(`never yields a portgroup that is not in it, nor anything but a refusal: ${path.replace(/[0-9a-f-]{36}/, '…')}`, () => {
      const bytes = fixture(MOMENT, path);
      fc.assert(
        fc.property(damage, (damages) => {
          holds(names, apply(bytes, damages));
        }),
        { numRuns: runs(400) },
      );
    });

    it(`is refused wherever it is cut: ${path.replace(/[0-9a-f-]{36}/, '…')}`, () => {
      const bytes = fixture(MOMENT, path);
      const end = bytes.lastIndexOf('>');
      const step = Math.ceil(end / 500);
      for (let length = 0; length <= end; length += step) {
        expect(() => names(bytes.subarray(0, length), 'f'), `cut to ${length}`).to.throw(XmlRefused);
      }
    });
  }

  it('never stops the index, whatever happens to all files', async () => {
    const files = readdirSync(join(FIXTURES, MOMENT), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(FIXTURES, MOMENT).length + 1));
    const tree = await Tree.create(MOMENT);
    const sources = await tree.open();
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom(...files), damage), { maxLength: 6 }), async (changes) => {
          for (const [path, damages] of changes) await tree.put(path, apply(fixture(MOMENT, path), damages));
          for (let nic = 1; nic < 7; nic += 1) {
            const answer = sources.resolve({ vmId: VM, mac: `52:54:00:00:00:0${nic}` });
            if (answer.kind === 'portgroup') expect(answer.source.file).to.be.a('string');
          }
        }),
        { numRuns: runs(60) },
      );
      for (const path of files) await tree.put(path, fixture(MOMENT, path));
      await until('all to be known again', () => {
        const answers = [1, 2, 3, 4, 5, 6].map(
          (nic) => sources.resolve({ vmId: VM, mac: `52:54:00:00:00:0${nic}` }).kind,
        );
        return answers.join() === 'portgroup,none,portgroup,none,portgroup,portgroup';
      });
      expect(tree.events.every(({ kind }) => kind === 'file-refused')).to.equal(true);
    } finally {
      await tree.close();
    }
  });
});
