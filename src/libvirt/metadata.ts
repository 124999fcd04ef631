import type { XmlElement } from './element.ts';

/** One element directly inside a domain's `<metadata>`. */
export interface MetadataElement {
  /** Its XML namespace, if it has one. */
  readonly namespace: string | undefined;
  readonly element: XmlElement;
}

/**
 * A domain's metadata. libvirt keeps one element for each namespace and repeats the declaration on it
 * (virDomainDefSetMetadata in src/conf/domain_conf.c); one inherited from `<metadata>` or `<domain>` counts too.
 */
export function parseMetadata(domain: XmlElement): readonly MetadataElement[] {
  const metadata = domain.child('metadata');
  if (metadata === undefined) return [];
  return metadata.children.map((element) => ({
    namespace: namespaceOf(element.name, [element, metadata, domain]),
    element,
  }));
}

function namespaceOf(name: string, scopes: readonly XmlElement[]): string | undefined {
  const colon = name.indexOf(':');
  const declaration = colon < 0 ? 'xmlns' : `xmlns:${name.slice(0, colon)}`;
  return scopes.map((scope) => scope.attributes.get(declaration)).find((uri) => uri !== undefined);
}
