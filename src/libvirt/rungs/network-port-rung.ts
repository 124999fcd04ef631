import { NicTable } from '../nic-table.ts';
import type { NetworkPort } from '../network-port.ts';
import type { PortFolders } from '../port-folders.ts';
import { chooseNic, notFound } from './choose.ts';
import type { NetworkLookup } from './network-lookup.ts';
import type { Asked, Finding, Rung } from './rung.ts';

/** The port ids that live domains say their NICs use now. */
export type LivePortIds = (asked: Asked) => ReadonlySet<string>;

/**
 * Network port files: there some 20 ms before the port is, at a start as at a hotplug.
 *
 * `virsh update-device` to another portgroup, seen with libvirt 9.0: a second port file with the same interfaceid appears;
 * 35 to 118 ms later the first is removed, and within 1 ms the domain's status names the second. When libvirt changes nothing in
 * the end (a new portgroup alone is accepted but not applied), the second is removed after 1 ms. So while there are two, the
 * one that the live status names is in force: the old one until the change is complete, then the new one.
 */
export class NetworkPortRung implements Rung {
  readonly name = 'network-port';
  readonly live = true;
  readonly networks: NetworkLookup;
  readonly #ports: PortFolders;
  readonly #isPresent: () => boolean;
  readonly #livePortIds: LivePortIds;
  #table: NicTable<NetworkPort> | undefined;

  constructor(ports: PortFolders, isPresent: () => boolean, livePortIds: LivePortIds, networks: NetworkLookup) {
    this.#ports = ports;
    this.#isPresent = isPresent;
    this.#livePortIds = livePortIds;
    this.networks = networks;
  }

  get present(): boolean {
    return this.#isPresent();
  }

  /** To be called after every change of the files. */
  invalidate(): void {
    this.#table = undefined;
  }

  find(asked: Asked): Finding {
    this.#table ??= new NicTable(this.#located());
    const candidates = this.#table.find(asked);
    if (candidates.length === 0) return notFound(this.#table, asked, this.#ports.refused());
    const inForce = this.#livePortIds(asked);
    const named = candidates.filter(({ nic }) => inForce.has(nic.portId));
    return chooseNic(named.length > 0 ? named : candidates, asked);
  }

  *#located(): Generator<{ nic: NetworkPort; file: string }> {
    for (const [file, nic] of this.#ports.values()) yield { nic, file };
  }
}
