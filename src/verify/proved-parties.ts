import type { DesiredBridge } from '../desire/desired-bridge.ts';
import type { Believed, Party as ProvedParty } from '../prove/party.ts';

/** What the ports of the bridges are to the Private VLANs, for a proof. */
export function provedParties(bridges: readonly DesiredBridge[]): readonly ProvedParty[] {
  return bridges.flatMap(({ bridge, ports, primaries }) =>
    ports.map(({ port, verdict }): ProvedParty => {
      const plain = { bridge, port: port.name, role: undefined, primaries: [], macs: [] };
      switch (verdict.kind) {
        case 'guest':
          return {
            ...plain,
            kind: 'guest',
            role: verdict.role,
            macs: [verdict.mac, ...verdict.extraMacs],
            groupMacs: verdict.groupMacs ?? [],
            ...(verdict.addresses === undefined ? {} : { addresses: verdict.addresses }),
            ...guardsOf(primaries.find(({ primary }) => primary === verdict.role.primary)),
          };
        case 'promiscuous':
          return { ...plain, kind: 'promiscuous', role: verdict.role, primaries: verdict.primaries };
        case 'stranger':
          return { ...plain, kind: 'outside' };
        case 'quarantined':
        case 'wire':
          return { ...plain, kind: verdict.kind };
      }
    }),
  );
}

function guardsOf(setting: DesiredBridge['primaries'][number] | undefined): Pick<ProvedParty, 'guards'> {
  return setting === undefined ? {} : { guards: setting.guards };
}

/** What each bridge believes of frames from other switches. */
export function believedOf(bridges: readonly DesiredBridge[]): readonly Believed[] {
  return bridges.flatMap(({ bridge, primaries }) =>
    primaries.map(({ primary, wire, promiscuousMacs, localMacs }) => ({
      bridge,
      primary,
      wire,
      promiscuousMacs: promiscuousMacs.filter((mac) => !localMacs.includes(mac)),
    })),
  );
}
