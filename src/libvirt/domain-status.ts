import { domainSelection, readDomain, type Domain } from './domain.ts';
import type { XmlElement } from './element.ts';
import { XmlRefused } from './errors.ts';
import type { DomainState } from './query.ts';
import { prune, type Selection } from './prune.ts';
import { parseXml } from './xml.ts';

/** A running (or starting, paused, migrating) domain. */
export interface DomainStatus {
  readonly state: DomainState;
  readonly domain: Domain;
  /**
   * Written by a libvirt that may have dropped the portgroup from what it says of a live NIC (1.2.2 to 1.2.x). Told by the
   * missing `<libDir>`, which every status file has had since 1.3; later versions always keep the portgroup.
   */
  readonly mayLackPortgroups: boolean;
}

/** `<state>/<driver>/<name>.xml` (virDomainObjFormat in libvirt's src/conf/domain_conf.c, and what each driver adds). Throws XmlRefused. */
export function parseDomainStatus(bytes: Uint8Array, file: string, namespaces?: readonly string[]): DomainStatus {
  const status = new Map<string, Selection>([
    ['domain', domainSelection(namespaces)],
    ['libDir', 'all'],
  ]);
  const root = parseXml(prune(bytes, file, new Map([['domstatus', status]])), file, ['domstatus']);
  const element = root.child('domain');
  if (element === undefined) throw new XmlRefused('wrong-content', file, 'the status has no <domain>');
  const domain = readDomain(element, file);
  return {
    state: {
      uuid: domain.uuid,
      name: domain.name,
      state: root.attribute('state') ?? 'unknown',
      reason: root.attribute('reason') ?? 'unknown',
    },
    domain,
    mayLackPortgroups: isQemus(element) && root.child('libDir') === undefined,
  };
}

/** Only QEMU's driver writes `<libDir>`: that another's status has none says nothing of its version. */
function isQemus(domain: XmlElement): boolean {
  return !['lxc', 'xen'].includes(domain.attribute('type') ?? '');
}
