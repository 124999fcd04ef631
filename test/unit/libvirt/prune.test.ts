import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { domainSelection, parseDomain, readDomain } from '../../../src/libvirt/domain.ts';
import { parseDomainStatus } from '../../../src/libvirt/domain-status.ts';
import { XmlRefused } from '../../../src/libvirt/errors.ts';
import { prune } from '../../../src/libvirt/prune.ts';
import { parseXml } from '../../../src/libvirt/xml.ts';
import { fixture, STATUS, VM } from './moments.ts';
import { FIXTURES } from './tree.ts';

const OURS = 'urn:ours:1';
const nics = `<devices><disk type='file'/><interface type='network'><mac address='52:54:00:00:00:09'/></interface></devices>`;
const document = (metadata: string, attributes = ''): Buffer =>
  Buffer.from(
    `<domain${attributes}><name>x</name><uuid>${VM}</uuid><metadata>${metadata}</metadata><a b='>'/>${nics}</domain>`,
  );
const ours = `<p:guest xmlns:p='${OURS}'><p:nic/></p:guest>`;
const read = (metadata: string, attributes?: string): readonly (string | undefined)[] =>
  parseDomain(document(metadata, attributes), 'f', [OURS]).metadata.map(({ namespace }) => namespace);

function refusal(bytes: Uint8Array): string {
  try {
    parseDomain(bytes, 'f', [OURS]);
  } catch (error) {
    if (error instanceof XmlRefused) return error.code;
    throw error;
  }
  return 'accepted';
}

/** The CPU time of this process that `work` takes, in milliseconds: the least of three, as collecting garbage may fall into one. */
function cpuMs(work: () => unknown): number {
  const times = [0, 1, 2].map(() => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

describe('what others write into a description', () => {
  it('is left out, and what is left says the same: every file of libvirt that was recorded', () => {
    const files = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.xml'))
      .map((path) => fixture(path));
    const domains = files.filter((bytes) => bytes.includes('<domain '));
    expect(domains.length).to.be.above(20);
    for (const bytes of domains) {
      const status = bytes.includes('<domstatus');
      const whole = parseXml(bytes, 'f', ['domstatus', 'domain']);
      const domain = status ? whole.child('domain') : whole;
      if (domain === undefined) throw new Error('no domain');
      const parsed = status ? parseDomainStatus(bytes, 'f').domain : parseDomain(bytes, 'f');
      expect(JSON.stringify(parsed)).to.equal(JSON.stringify(readDomain(domain, 'f')));
    }
  });

  it('is kept where it is of a namespace that is asked for, wherever that is declared', () => {
    expect(read(`<q:x xmlns:q='urn:other'><b/></q:x>${ours}`)).to.deep.equal([OURS]);
    expect(read('<p:guest/><q:x/>', ` xmlns:p='${OURS}'`)).to.include(OURS);
    const text = document(`<guest xmlns="${OURS}">a<![CDATA[>]]></guest>`);
    const kept = Buffer.from(prune(text, 'f', new Map([['domain', domainSelection([OURS])]]))).toString();
    expect(kept).to.include(`<guest xmlns="${OURS}">a<![CDATA[>]]></guest>`).and.not.include('disk');
  });

  const foreign: [string, string][] = [
    ['a document type in CDATA', `<![CDATA[<!DOCTYPE a [<!ENTITY x 'y'>]>]]>`],
    ['a document type in a comment', '<!-- <!DOCTYPE a> </q:x> -->'],
    ['elements called as members of objects are', '<constructor/><__proto__ a="1"/><toString>x</toString>'],
    ['attributes called as members of objects are', '<a __proto__="1" constructor=""/>'],
    ['tags in attributes', `<a b="</q:x></metadata><metadata>" c='>"'/>`],
    ['our own in a comment', `<!-- ${ours} -->`],
    ['our own within another element', ours],
  ];
  for (const [what, inside] of foreign) {
    it(`disturbs nobody: ${what}`, () => {
      expect(read(`<q:x xmlns:q='urn:other'>${inside}</q:x>${ours}`)).to.deep.equal([OURS]);
      expect(parseDomain(document(`<q:x>${inside}</q:x>`), 'f', [OURS]).nics).to.have.length(1);
    });
  }

  const refused: [string, Buffer, string][] = [
    ['a document type', Buffer.from(`<!DOCTYPE domain>${document('').toString()}`), 'doctype'],
    ['tags that do not nest in what is left out', document('<q:x><a></b></q:x>'), 'malformed'],
    ['an end too many', document('</metadata>'), 'malformed'],
    ['a comment without an end', document('<q:x><!-- </q:x>'), 'malformed'],
    ['a thousand levels', document(`<q:x>${'<a>'.repeat(1000)}${'</a>'.repeat(1000)}</q:x>`), 'malformed'],
    ['bytes that are not UTF-8', Buffer.concat([document('').subarray(0, -9), Buffer.of(0xff)]), 'not-utf8'],
    [
      'more of our own than anybody needs',
      document(`<p:a xmlns:p='${OURS}'>${'<b/>'.repeat(70_000)}</p:a>`),
      'too-large',
    ],
  ];
  for (const [what, bytes, code] of refused) {
    it(`is refused as ${code}: ${what}`, () => {
      expect(refusal(bytes)).to.equal(code);
    });
  }

  it('costs next to nothing', () => {
    const status = fixture('9.0/running', STATUS).toString();
    const withMetadata = (text: string): Buffer => Buffer.from(status.replace('</metadata>', `${text}</metadata>`));
    for (const filler of ['<b/>', 'y', '<!---->', "<item key='v'>w</item>", '<![CDATA[]]>']) {
      const text = `<q:x xmlns:q='urn:other'>${filler.repeat(1_000_000 / filler.length)}</q:x>`;
      const bytes = withMetadata(text);
      // Elements made of it took 80 to 780 ms.
      expect(
        cpuMs(() => parseDomainStatus(bytes, 'f', [OURS])),
        filler,
      ).to.be.below(70);
    }
    const seven = withMetadata(`<q:x>${'y'.repeat(7_000_000)}</q:x>`);
    expect(parseDomainStatus(seven, 'f', [OURS]).domain.nics).to.deep.equal(
      parseDomainStatus(Buffer.from(status), 'f').domain.nics,
    );
  });
});
