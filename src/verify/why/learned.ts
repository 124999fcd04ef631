import { macAddress, type Mac } from '../../pvlan/mac.ts';
import { Port } from '../../openflow/action.ts';

/** A station that a bridge has heard. */
export interface LearnedAddress {
  readonly bridge: string;
  /** OpenFlow 1.1 numbering. */
  readonly ofport: number;
  readonly vlan: number;
  readonly mac: Mac;
  /** Seconds since it was heard last; undefined for what is not forgotten. */
  readonly age: number | undefined;
}

/** Reads `fdb/show` (OVS `ofproto/ofproto-dpif.c`, ofproto_unixctl_fdb_show); lines of another form are left out. */
export function readLearned(bridge: string, text: string): readonly LearnedAddress[] {
  return text.split('\n').flatMap((line) => {
    const [, port = '', vlan = '', address = '', age = ''] =
      /^ *(\d+|LOCAL) +(\d+) +([0-9a-f:]{17}) +(\d+|static)$/.exec(line) ?? [];
    const mac = macAddress(address);
    if (mac === undefined) return [];
    return [
      {
        bridge,
        ofport: port === 'LOCAL' ? Port.LOCAL : Number(port),
        vlan: Number(vlan),
        mac,
        age: age === 'static' ? undefined : Number(age),
      },
    ];
  });
}
