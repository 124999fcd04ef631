import type { DesiredBridge } from '../../desire/desired-bridge.ts';
import { carriesTagged, carriesUntagged, tunnelVlan } from '../../pvlan/vlan-setting.ts';
import { secondaryVlans } from '../../pvlan/wire-mode.ts';
import type { PvlanStatus } from './status.ts';

/** The Private VLANs of a bridge, each with what is on its wire. */
export function reportPvlans({ ports, primaries }: DesiredBridge): readonly PvlanStatus[] {
  return primaries.map(({ primary, promiscuousMacs, localMacs, wire }) => {
    const vlans = [primary, ...secondaryVlans(wire).map(({ vid }) => vid)];
    const uplinks = ports.filter(
      ({ port: { vlan, ownMac }, verdict }) =>
        verdict.kind === 'wire' &&
        ownMac === undefined &&
        vlans.some((vid) => carriesTagged(vlan, vid) || carriesUntagged(vlan, vid) || tunnelVlan(vlan) === vid),
    );
    const routers = ports.filter(
      ({ verdict }) => verdict.kind === 'promiscuous' && verdict.primaries.includes(primary),
    );
    return {
      primary,
      wireMode: wire.kind,
      uplinks: uplinks.map(({ port }) => port.name),
      routers: routers.map(({ port }) => port.name),
      listed: promiscuousMacs.filter((mac) => !localMacs.includes(mac)),
    };
  });
}
