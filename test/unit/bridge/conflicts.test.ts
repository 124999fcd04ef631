import type { Condition } from '../../../src/alarm/alarm.ts';
import { expect } from 'chai';
import { desiredBridges, type DesiredBridge, type JudgedPort } from '../../../src/desire/desired-bridge.ts';
import { guestSources } from '../../../src/observe/guest-sources.ts';
import { conflictConditions, conflictOf, withConflicts, type Conflicts } from '../../../src/bridge/flows/conflicts.ts';
import {
  barePorts,
  blame,
  standing,
  refusalOf,
  REFUSED_MS,
  type Refusals,
} from '../../../src/bridge/decide/refusals.ts';
import { survey } from '../../../src/observe/survey.ts';
import { Dict } from '../../../src/base/dict.ts';
import type { Flow } from '../../../src/openflow/flow.ts';
import { BRIDGE_COOKIE, portCookie, primaryCookie } from '../../../src/pipeline/cookie.ts';
import { NO_POLICY } from '../../support/ports.ts';
import { bridgeRow, interfaceRow, portRow, uuid } from '../../support/rows.ts';

const PROFILES = ['isolated-2102', 'promisc-2102', 'isolated-7', undefined];

/** Ports 1, 2 and so on, each with the portgroup of `PROFILES`; the last is an uplink. */
function desiredOf(): DesiredBridge {
  const ports = PROFILES.map((_, index) => portRow(index + 1));
  const interfaces = PROFILES.map((profile, index) => {
    const ids = {
      'iface-id': `nic-${index}`,
      'attached-mac': `02:00:00:00:00:0${index}`,
      'port-profile': profile ?? '',
    };
    return interfaceRow(index + 1, index + 1, profile === undefined ? {} : ids);
  });
  const tables = {
    bridges: new Map([
      [
        uuid(1, 1),
        bridgeRow(
          1,
          ports.map((port) => port._uuid),
        ),
      ],
    ]),
    ports: new Map(ports.map((port) => [port._uuid, port])),
    interfaces: new Map(interfaces.map((one) => [one._uuid, one])),
  };
  const desired = desiredBridges(
    survey(tables, () => true, guestSources(NO_POLICY, undefined)),
    NO_POLICY,
  ).get('br1');
  if (desired === undefined) throw new Error('there is no desired');
  return desired;
}

function flow(cookie: bigint, priority = 200): Flow {
  return { table: 0, priority, cookie, match: {}, actions: [] };
}

function names(ports: Iterable<JudgedPort>): readonly string[] {
  return Array.from(ports, ({ port }) => port.name);
}

/** A condition without its bridge. */
function inWords({ message, remedy }: Condition): string {
  return `${message}; ${remedy}`;
}

describe('a foreign flow in the place of ours', () => {
  const { ports } = desiredOf();
  const close = (cookie: bigint): { readonly open: readonly string[]; readonly alarms: readonly string[] } => {
    const conflicts = withConflicts(new Map(), [{ wanted: flow(cookie), foreign: flow(0n) }]);
    return {
      open: names(ports.filter((judged) => conflictOf(conflicts, judged) === undefined)),
      alarms: conflictConditions('br1', conflicts, ports).map(inWords),
    };
  };

  it('closes the port that ours serves', () => {
    const { open, alarms } = close(portCookie(1));
    expect(open).to.deep.equal(['vnet2', 'vnet3', 'vnet4']);
    expect(alarms.join()).to.match(/^port vnet1 stays closed: .*priority=200 actions=drop$/);
  });

  it('closes the Private VLAN that ours serves', () => {
    const { open, alarms } = close(primaryCookie(2102));
    expect(open).to.deep.equal(['vnet3', 'vnet4']);
    expect(alarms.join()).to.match(/^Private VLAN 2102 stays closed: /);
  });

  it('closes every Private VLAN where ours serves the bridge, and leaves ports outside alone', () => {
    const { open, alarms } = close(BRIDGE_COOKIE);
    expect(open).to.deep.equal(['vnet4']);
    expect(alarms.join()).to.match(/^every Private VLAN stays closed: /);
  });

  it('is told once, however often it is met', () => {
    const conflict = { wanted: flow(portCookie(1)), foreign: flow(0n) };
    let conflicts: Conflicts = withConflicts(new Map(), [conflict]);
    conflicts = withConflicts(conflicts, [conflict]);
    expect(conflictConditions('br1', conflicts, ports)).to.have.length(1);
    expect(conflictConditions('br1', new Map(), ports)).to.deep.equal([]);
  });
});

describe('a port whose flow is refused', () => {
  const { ports, byPort } = desiredOf();
  let refusals: Refusals;
  const refuse = (isOpen: boolean, now = 0, refused = flow(portCookie(1))): boolean => {
    const after = blame(refusals, refused, ports, () => isOpen, 'OFPFMFC_TABLE_FULL', now);
    refusals = after ?? refusals;
    return after !== undefined;
  };
  const closed = (now: number): readonly string[] =>
    names(ports.filter((judged) => refusalOf(standing(refusals, now), judged) !== undefined));
  const bare = (now: number): readonly JudgedPort[] => {
    const found = barePorts(standing(refusals, now), byPort);
    return ports.filter(({ port }) => found.has(port.row._uuid));
  };
  beforeEach(() => {
    refusals = Dict.empty();
  });

  it('is closed first, and has no flow at all when that is refused, too', () => {
    expect(refuse(true)).to.equal(true);
    expect(closed(0)).to.deep.equal(['vnet1']);
    expect(names(bare(0))).to.deep.equal([]);
    expect(refuse(false)).to.equal(true);
    expect(names(bare(0))).to.deep.equal(['vnet1']);
    expect(refuse(false)).to.equal(false);
  });

  it('is tried again after a while', () => {
    refuse(true);
    refuse(false);
    expect(closed(REFUSED_MS - 1)).to.deep.equal(['vnet1']);
    expect(closed(REFUSED_MS)).to.deep.equal([]);
    expect(names(bare(REFUSED_MS))).to.deep.equal([]);
  });

  it('is not to blame for a flow that serves others', () => {
    expect(refuse(true, 0, flow(primaryCookie(2102)))).to.equal(false);
    expect(refuse(true, 0, flow(portCookie(99)))).to.equal(false);
  });
});
