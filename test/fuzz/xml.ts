import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDomainStatus } from '../../src/libvirt/domain-status.ts';
import { parseDomain } from '../../src/libvirt/domain.ts';
import { XmlRefused } from '../../src/libvirt/errors.ts';
import { parseNetworkPort } from '../../src/libvirt/network-port.ts';
import { parseNetwork } from '../../src/libvirt/network.ts';
import { refuses, type Target } from './target.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/libvirt/9.0/running', import.meta.url));
/** Somewhat more than a file of libvirt's may have. */
const MOST = 1024 * 1024 + 64;

const files = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.xml'));

function seeds(pattern: RegExp): Buffer[] {
  return files.filter((name) => pattern.test(name)).map((name) => readFileSync(join(FIXTURES, name)));
}

const WORDS = [
  ...['<', '>', '/>', '</', '<a>', '</a>', "'", '"', '&', '&amp;', '&#0;', '&#x110000;', '&#xD800;', '&lol;', '<a b="'],
  ...['<!DOCTYPE a [', '<!ENTITY', '<![CDATA[', ']]>', '<!--', '-->', '<?xml', '?>', '<interface>', '<metadata>', '\0'],
  ...[
    ' xmlns:a="b"',
    "<interface type='network'>",
    "<source portgroup='x'/>",
    '__proto__',
    'constructor',
    '\ud83d\ude00',
  ],
]
  .map((word) => Buffer.from(word))
  .concat(Buffer.of(0xff), Buffer.of(0xc3));

function parser(name: string, pattern: RegExp, parse: (bytes: Uint8Array, file: string) => unknown): Target {
  const feed = (input: Buffer): boolean => refuses(XmlRefused, () => parse(input, 'fuzz.xml'));
  return { name: `libvirt ${name}`, weight: 1, seeds: seeds(pattern), words: WORDS, most: MOST, feed };
}

export const XML_TARGETS: readonly Target[] = [
  parser('network port', /ports\//, parseNetworkPort),
  parser('domain status', /state\/qemu\//, parseDomainStatus),
  parser('domain', /config\/qemu\/[^/]+$/, parseDomain),
  parser('network', /(state\/network|networks)\/[^/]+$/, parseNetwork),
];
