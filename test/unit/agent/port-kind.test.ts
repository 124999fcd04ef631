import { expect } from 'chai';
import { guestSources } from '../../../src/observe/guest-sources.ts';
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
      const ports = survey(tables, () => true, guestSources(NO_POLICY, undefined)).get('br1') ?? [];
      expect(ports.map((port) => port.kind)).to.deep.equal([kind]);
    });
  }
});
