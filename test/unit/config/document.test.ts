import fc from 'fast-check';
import { expect } from 'chai';
import { readDocument } from '../../../src/config/document.ts';
import { ConfigError } from '../../../src/config/error.ts';
import { Sandbox } from './sandbox.ts';
import { runs } from '../../support/runs.ts';

/** What YAML gives a meaning, and a little that it does not. */
const ALPHABET = 'a: -\n[]{}&*!"\'#|>%,?\t0~\\';

describe('a hostile configuration file', () => {
  const sandbox = new Sandbox();
  after(() => {
    sandbox.remove();
  });

  const bomb = (): string => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 12; level++) {
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
    }
    return lines.join('\n');
  };

  const attacks: [title: string, content: string | Buffer, problem: RegExp][] = [
    ['nests aliases to exhaust memory', bomb(), /too many aliases; at most 100 are allowed/],
    ['holds itself by an alias', 'log: &a { level: *a }', /nested too deeply; at most 16 levels/],
    ['names an anchor that is not there', 'log: *a', /alias|anchor/],
    ['nests lists without end', '['.repeat(100_000), /./],
    ['nests blocks without end', '- '.repeat(100_000), /./],
    ['is too large', 'x'.repeat(256 * 1024 + 1), /larger than 256 KiB/],
    ['has too many values', `bridges: [${'1,'.repeat(60_000)}]`, /more than 50000 values/],
    ['has tens of thousands of keys', Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n'), /unknown key/],
    ['is not UTF-8', Buffer.from([0x6c, 0xff, 0xfe]), /not a text in UTF-8/],
    ['holds two documents', 'log: {}\n---\nlog: {}\n', /document/],
    ['uses a tag of another language', 'log: !!js/function x', /tag/i],
    ['uses merge keys', 'log: { <<: { level: info } }', /unknown key '<<'/],
    ['reaches for the prototype', '__proto__: { polluted: 1 }', /unknown key '__proto__'/],
    [
      'reaches for the prototype by a portgroup',
      'portgroups: { __proto__: { primary: 0, role: isolated } }',
      /VLAN id/,
    ],
    ['is a list', '- log', /the configuration is a list/],
    ['is a word', 'hello', /the configuration is 'hello'/],
  ];
  for (const [title, content, problem] of attacks) {
    it(`is refused in good time when it ${title}`, function () {
      this.timeout(5000);
      expect(sandbox.problems(content).join('\n')).to.match(problem);
    });
  }

  it('never makes the parser throw or point outside of the text, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from(ALPHABET)), maxLength: 60 }), (text) => {
        const { problems } = readDocument('f', text);
        for (const { line, column } of problems) {
          expect(line).to.be.within(1, text.split('\n').length);
          expect(column).to.be.at.least(1);
        }
      }),
      { numRuns: runs(1000) },
    );
  });

  it('ends in a configuration or a ConfigError, and in nothing else', () => {
    const json = fc.dictionary(
      fc.constantFrom(
        'ovsdb',
        'ssl',
        'libvirt',
        'bridges',
        'pvlans',
        'portgroups',
        'guests',
        'tables',
        'log',
        'control',
        'x',
      ),
      fc.jsonValue({ maxDepth: 3 }),
    );
    fc.assert(
      fc.property(json, (value) => {
        try {
          sandbox.load(JSON.stringify(value));
        } catch (error) {
          expect(error).to.be.instanceOf(ConfigError);
        }
      }),
      { numRuns: runs(300) },
    );
  });
});
