import type { XmlElement } from './element.ts';
import { XmlRefused } from './errors.ts';
import { fold } from './identity.ts';
import { parseMetadata, type MetadataElement } from './metadata.ts';
import { parseInterface, type NicRecord } from './nic.ts';
import { parseXml } from './xml.ts';

/** A domain as its definition or its status describes it. */
export interface Domain {
  readonly uuid: string;
  readonly name: string;
  readonly nics: readonly NicRecord[];
  readonly metadata: readonly MetadataElement[];
}

/** `<config>/qemu/<name>.xml`, or what `virsh dumpxml` prints. Throws XmlRefused. */
export function parseDomain(bytes: Uint8Array, file: string, maxBytes?: number): Domain {
  return readDomain(parseXml(bytes, file, ['domain'], maxBytes), file);
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
