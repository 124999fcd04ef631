import { expect } from 'chai';
import { guestSources } from '../../../src/observe/guest-sources.ts';
import type { SurveyedPort } from '../../../src/observe/surveyed-port.ts';
import type { InterfaceRow, PortRow } from '../../../src/vswitch/rows.generated.ts';
import { survey } from '../../../src/observe/survey.ts';
import { NO_POLICY } from '../../support/ports.ts';
import { bridgeRow, interfaceRow, portRow, uuid } from '../../support/rows.ts';

describe('where a port leads that says nothing of a guest', () => {
  for (const [type, driver, kind] of [
    ['dpdkvhostuser', undefined, 'unnamed'],
    ['dpdkvhostuserclient', undefined, 'unnamed'],
    ['', 'tun', 'unnamed'],
    ['system', 'tun', 'unnamed'],
    ['internal', 'tun', 'plain'],
    ['tap', 'tun', 'plain'],
    ['', 'veth', 'plain'],
    ['dpdk', undefined, 'plain'],
    ['vxlan', undefined, 'link'],
  ] as const) {
    it(`is told by its interface: type '${type}', driver ${driver ?? 'unknown'} is ${kind}`, () => {
      const status = new Map(driver === undefined ? [] : [['driver_name', driver]]);
      const tables = {
        bridges: new Map([[uuid(1, 1), bridgeRow(1, [uuid(2, 1)])]]),
        ports: new Map([[uuid(2, 1), portRow(1)]]),
        interfaces: new Map([[uuid(3, 1), { ...interfaceRow(1, 1), type, status }]]),
      };
      const ports = [
        ...(survey(tables, () => true, guestSources(NO_POLICY, undefined))
          .get('br1')
          ?.values() ?? []),
      ];
      expect(ports.map((port) => port.kind)).to.deep.equal([kind]);
    });
  }

  for (const [name, external_ids, kind] of [
    ['veth5e4d2f1', {}, 'unnamed'],
    ['veth5e4d2f1', { 'pvlan-uplink': 'true' }, 'plain'],
    ['up0', {}, 'plain'],
  ] as const) {
    it(`is told by the name of a veth: ${name} ${JSON.stringify(external_ids)} is ${kind}`, () => {
      const device = { ...interfaceRow(1, 1), name, type: '', status: new Map([['driver_name', 'veth']]) };
      const row = { ...portRow(1), name, external_ids: new Map(Object.entries(external_ids)) };
      expect(onlyPort(row, device).kind).to.equal(kind);
    });
  }

  for (const [who, key] of [
    ['OpenStack', 'vm-uuid'],
    ["Xen's hotplug script", 'xen-vm-uuid'],
  ] as const) {
    it(`is a guest where ${who} plugged it, which names the domain by ${key}`, () => {
      const ids = new Map([[key, 'c0ffee00-0000-0000-0000-000000000001']]);
      const port = onlyPort(portRow(1), { ...interfaceRow(1, 1), external_ids: ids });
      expect({ kind: port.kind, vmId: port.vmId }).to.deep.equal({ kind: 'guest', vmId: ids.get(key) });
    });
  }
});

function onlyPort(port: PortRow, device: InterfaceRow): SurveyedPort {
  const tables = {
    bridges: new Map([[uuid(1, 1), bridgeRow(1, [uuid(2, 1)])]]),
    ports: new Map([[uuid(2, 1), port]]),
    interfaces: new Map([[uuid(3, 1), device]]),
  };
  const [found] =
    survey(tables, () => true, guestSources(NO_POLICY, undefined))
      .get('br1')
      ?.values() ?? [];
  if (found === undefined) throw new Error('there is no port');
  return found;
}
