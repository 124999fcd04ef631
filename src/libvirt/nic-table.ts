import { isSameNic, type NicIdentity } from './identity.ts';
import type { NicRecord } from './nic.ts';

/** A NIC and the file that tells of it; no file for what a command printed. */
export interface LocatedNic<R extends NicRecord = NicRecord> {
  readonly nic: R;
  readonly file: string | undefined;
}

/** NICs found by interfaceid or by domain and MAC without looking at all of them. */
export class NicTable<R extends NicRecord = NicRecord> {
  readonly #byInterfaceId = new Map<string, LocatedNic<R>[]>();
  readonly #byVmAndMac = new Map<string, LocatedNic<R>[]>();

  constructor(nics: Iterable<LocatedNic<R>>) {
    for (const located of nics) {
      const { interfaceId, vmId, mac } = located.nic;
      if (interfaceId !== undefined) push(this.#byInterfaceId, interfaceId, located);
      if (vmId !== undefined && mac !== undefined) push(this.#byVmAndMac, `${vmId} ${mac}`, located);
    }
  }

  /** Every record that describes the NIC asked for, by its interfaceid or else by its domain and MAC. */
  find(asked: NicIdentity): readonly LocatedNic<R>[] {
    const same = ({ nic }: LocatedNic<R>): boolean => isSameNic(nic, asked);
    const { interfaceId } = asked;
    const byId = interfaceId === undefined ? [] : (this.#byInterfaceId.get(interfaceId) ?? []).filter(same);
    return byId.length > 0 ? byId : this.withVmAndMac(asked).filter(same);
  }

  /** Every record of a NIC of that domain with that MAC, whatever its interfaceid. */
  withVmAndMac({ vmId, mac }: NicIdentity): readonly LocatedNic<R>[] {
    return vmId === undefined || mac === undefined ? [] : (this.#byVmAndMac.get(`${vmId} ${mac}`) ?? []);
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
