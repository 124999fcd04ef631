import { expect } from 'chai';
import { XmlRefused } from '../../../src/libvirt/errors.ts';
import { parseXml } from '../../../src/libvirt/xml.ts';

const parse = (text: string | Uint8Array, maxBytes?: number): ReturnType<typeof parseXml> =>
  parseXml(typeof text === 'string' ? Buffer.from(text) : text, '/some/file.xml', ['a'], maxBytes);

function refusal(text: string | Uint8Array, maxBytes?: number): XmlRefused {
  try {
    parse(text, maxBytes);
  } catch (error) {
    if (error instanceof XmlRefused) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('XML from libvirt', () => {
  it('gives attributes, children and text by name', () => {
    const root = parse(`<?xml version='1.0'?><!-- c --><a x='1' y=''><b>one</b><c/><b>two</b></a>\n`);
    expect(root.attribute('x')).to.equal('1');
    expect(root.attribute('y')).to.equal(undefined);
    expect(root.childrenNamed('b').map(({ text }) => text)).to.deep.equal(['one', 'two']);
    expect(root.at('c')?.textOf('d')).to.equal(undefined);
  });

  it('keeps numbers and blanks as they are written', () => {
    expect(parse(`<a x=' 007 '>0x10</a>`).attribute('x')).to.equal(' 007 ');
    expect(parse(`<a>0x10</a>`).text).to.equal('0x10');
  });

  it('resolves character references once', () => {
    const root = parse(`<a x='&lt;&amp;lt;&#39;&#x2c;&quot;'>caf&#xE9;</a>`);
    expect(root.attribute('x')).to.equal(`<&lt;',"`);
    expect(root.text).to.equal('café');
  });

  it('takes CDATA for text, elements in it included', () => {
    const root = parse(`<a><![CDATA[<b x='1'/>&amp;]]></a>`);
    expect(root.text).to.equal(`<b x='1'/>&amp;`);
    expect(root.children).to.deep.equal([]);
  });

  it('does not see elements in comments', () => {
    expect(parse(`<a><!-- <b/> --></a>`).children).to.deep.equal([]);
  });

  it('names the file and the reason when it refuses', () => {
    expect(refusal('<a>').message).to.match(/^\/some\/file\.xml is ignored: it is not well formed/);
    expect(refusal('<a>').file).to.equal('/some/file.xml');
  });

  const cases: [string, string | Uint8Array, string][] = [
    ['nothing', '', 'malformed'],
    ['blanks', ' \n', 'malformed'],
    ['plain text', 'hello', 'malformed'],
    ['a cut document', '<a><b>', 'malformed'],
    ['misnested tags', '<a><b></a></b>', 'malformed'],
    ['two roots', '<a/><a/>', 'malformed'],
    ['something after the root', '<a></a>more', 'malformed'],
    ['a repeated attribute', `<a x='1' x='2'/>`, 'malformed'],
    ['another root', '<b/>', 'wrong-root'],
    ['a document type', '<!DOCTYPE a><a/>', 'doctype'],
    ['a document type in small letters', '<!doctype a><a/>', 'doctype'],
    ['an entity', `<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>`, 'doctype'],
    ['an undeclared entity', '<a>&bogus;</a>', 'malformed'],
    ['a reference to no character', '<a>&#0;</a>', 'malformed'],
    ['a reference to a surrogate', '<a>&#xD800;</a>', 'malformed'],
    ['a NUL byte', '<a>\0</a>', 'malformed'],
    ['bytes that are not UTF-8', Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]), 'not-utf8'],
    ['UTF-16', Buffer.from('<a/>', 'utf16le'), 'malformed'],
    ['an element called __proto__', '<a><__proto__/></a>', 'malformed'],
    ['an attribute called __proto__', `<a __proto__='x'/>`, 'malformed'],
    ['a thousand levels', '<a>'.repeat(1000) + '</a>'.repeat(1000), 'malformed'],
  ];
  for (const [what, text, code] of cases) {
    it(`refuses ${what} as ${code}`, () => {
      expect(refusal(text).code).to.equal(code);
    });
  }

  it('refuses a document that is one byte too large, before it reads it', () => {
    expect(parse('<a/>', 4).name).to.equal('a');
    expect(refusal('<a/>', 3).code).to.equal('too-large');
  });

  it('refuses a megabyte of opening tags in little time', () => {
    const start = performance.now();
    expect(refusal('<a '.repeat(340_000)).code).to.equal('malformed');
    expect(refusal('<a>'.repeat(340_000)).code).to.equal('malformed');
    expect(refusal(`<a ${'&amp;'.repeat(200_000)}`).code).to.equal('malformed');
    expect(refusal(`<a>${'&'.repeat(1_000_000)}</a>`).code).to.equal('malformed');
    expect(refusal(`<!--${'-'.repeat(1_000_000)}`).code).to.equal('malformed');
    expect(performance.now() - start).to.be.below(5000);
  });
});
