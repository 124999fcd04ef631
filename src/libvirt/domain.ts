import type { XmlElement } from './element.ts';
import { XmlRefused } from './errors.ts';
import { fold } from './identity.ts';
import { parseMetadata, type MetadataElement } from './metadata.ts';
import { parseInterface, type NicRecord } from './nic.ts';
import { prune, type Selection } from './prune.ts';
import { parseXml } from './xml.ts';

/** A domain as its definition or its status describes it. */
export interface Domain {
  readonly uuid: string;
  readonly name: string;
  readonly nics: readonly NicRecord[];
  readonly metadata: readonly MetadataElement[];
}

/**
 * What is read of a `<domain>`. Of its metadata, those of `namespaces`; undefined for all.
 */
export function domainSelection(namespaces: readonly string[] | undefined): Selection {
  return new Map<string, Selection>([
    ['uuid', 'all'],
    ['name', 'all'],
    ['devices', new Map([['interface', 'all']])],
    ['metadata', namespaces === undefined ? 'all' : { namespaces }],
  ]);
}

/** `<config>/qemu/<name>.xml`, or what `virsh dumpxml` prints. Throws XmlRefused. */
export function parseDomain(bytes: Uint8Array, file: string, namespaces?: readonly string[]): Domain {
  const read = new Map([['domain', domainSelection(namespaces)]]);
  return readDomain(parseXml(prune(bytes, file, read), file, ['domain']), file);
}

/** A `<domain>` element wherever it stands. Throws XmlRefused if it has no uuid or no name. */
export function readDomain(element: XmlElement, file: string): Domain {
  const uuid = fold(element.textOf('uuid'));
  const name = element.textOf('name');
  if (uuid === undefined || name === undefined) {
    throw new XmlRefused('wrong-content', file, 'the domain has no <uuid> or no <name>');
  }
  const interfaces = element.child('devices')?.childrenNamed('interface') ?? [];
  const nics = interfaces.map((nic) => parseInterface(nic, uuid));
  return { uuid, name, nics, metadata: parseMetadata(element) };
}
