import { expect } from 'chai';
import fc from 'fast-check';
import { Dict } from '../../../src/base/dict.ts';
import { indexFlows } from '../../../src/bridge/flows/flow-index.ts';
import { flowDifference } from '../../../src/bridge/flows/flow-difference.ts';
import { FlowMirror } from '../../../src/bridge/flows/flow-mirror.ts';
import {
  desiredBridges,
  DesiredState,
  type DesiredBridge,
  type JudgedPort,
} from '../../../src/desire/desired-bridge.ts';
import { guestSources } from '../../../src/observe/guest-sources.ts';
import { survey, Surveyor, type SwitchTables } from '../../../src/observe/survey.ts';
import { wantedFlows, type FlowDemand, type WantedFlows } from '../../../src/bridge/flows/wanted-flows.ts';
import { flowBody, flowKey } from '../../../src/openflow/flow-key.ts';
import type { Flow } from '../../../src/openflow/flow.ts';
import type { NormalSource } from '../../../src/pipeline/normal-source.ts';
import { layoutFrom } from '../../../src/pipeline/layout.ts';
import type { Policy } from '../../../src/pvlan/policy.ts';
import { macAddress, type Mac } from '../../../src/pvlan/mac.ts';
import { NO_GUARDS } from '../../../src/pvlan/policy.ts';
import { parked, type VlanSetting } from '../../../src/pvlan/vlan-setting.ts';
import { vlanId, type VlanId } from '../../../src/pvlan/vlan-id.ts';
import type { WireMode } from '../../../src/pvlan/wire-mode.ts';
import { NO_POLICY, PLAIN } from '../../support/ports.ts';
import { bridgeRow, interfaceRow, portRow, uuid } from '../../support/rows.ts';
import { runs } from '../../support/runs.ts';

const LAYOUT = layoutFrom(60, 145);
/** Its hash is that of 'web', and it comes first: where both are, 'web' has the next number. */
const LIKE_WEB = 'community-2102-aoft9v4ba';
const PORTS = 6;

function vid(number: number): VlanId {
  const known = vlanId(number);
  if (known === undefined) throw new Error(`${number} is no VLAN`);
  return known;
}

function mac(number: number): Mac {
  const known = macAddress(`02:00:00:00:00:${number.toString(16).padStart(2, '0')}`);
  if (known === undefined) throw new Error(`${number} is no address`);
  return known;
}

const SECONDARY: WireMode = { kind: 'secondary', isolated: vid(2103), communities: new Map([['web', vid(2104)]]) };

/** Guests 1 and 2 share an address, as routers do by VRRP. */
const guests = new Map(
  [1, 2].map((number) => [mac(number), { addresses: undefined, extraMacs: [mac(0x80)] }] as const),
);

function policyOf(wire: WireMode): Policy {
  const pvlan = { primary: vid(2102), promiscuousMacs: [mac(0xfe)], wire, guards: NO_GUARDS };
  return { ...NO_POLICY, guests, pvlans: [pvlan] };
}

/** What one port is like at one time; undefined: not there. */
type Port =
  { setting: VlanSetting; profile: string | undefined; ofport: number; address: number; marked: boolean } | undefined;

const anySetting: fc.Arbitrary<VlanSetting> = fc.constantFrom(
  PLAIN,
  parked(PLAIN, true),
  parked(PLAIN, false),
  { ...PLAIN, tag: 2102 },
  { ...PLAIN, tag: 7 },
  { ...PLAIN, vlanMode: 'trunk', trunks: [2102, 2201] },
  { ...PLAIN, vlanMode: 'native-untagged', tag: 2102 },
);

const anyPort: fc.Arbitrary<Port> = fc.option(
  fc.record({
    setting: anySetting,
    profile: fc.constantFrom(
      undefined,
      'isolated-2102',
      'isolated-2102',
      'community-2102-web',
      'community-2102-db',
      LIKE_WEB,
      'promisc-2102',
      'isolated-2201',
      'isolated-web',
      'lan',
    ),
    ofport: fc.constantFrom(-1, 11, 12, 13, 14, 15, 16),
    address: fc.integer({ min: 1, max: PORTS }),
    marked: fc.boolean(),
  }),
  { nil: undefined },
);

/** Changes one after the other: which port becomes what. */
const anyHistory = fc.array(fc.tuple(fc.nat(PORTS - 1), anyPort, fc.nat(0xffff)), { minLength: 1, maxLength: 25 });

/** The database's rows; what does not change keeps its objects, as the replica does. */
class Tables implements SwitchTables {
  readonly bridges = new Map([[uuid(1, 1), bridgeRow(1, [])]]);
  readonly ports = new Map<ReturnType<typeof uuid>, ReturnType<typeof portRow>>();
  readonly interfaces = new Map<ReturnType<typeof uuid>, ReturnType<typeof interfaceRow>>();

  become(number: number, port: Port): void {
    this.ports.delete(uuid(2, number));
    this.interfaces.delete(uuid(3, number));
    if (port !== undefined) {
      const ids = {
        'iface-id': `nic-${number}`,
        'attached-mac': mac(port.address),
        ...(port.profile === undefined ? {} : { 'port-profile': port.profile }),
        ...(port.marked ? { 'pvlan-installed': 'true', 'pvlan-nic': `nic-${number}` } : {}),
      };
      this.ports.set(uuid(2, number), portRow(number, port.setting));
      // Every sixth is an uplink.
      this.interfaces.set(uuid(3, number), interfaceRow(number, port.ofport, number === 0 ? {} : ids));
    }
    this.bridges.set(uuid(1, 1), bridgeRow(1, [...this.ports.keys()]));
  }
}

function content(flows: Iterable<Flow>): readonly string[] {
  return Array.from(flows, (flow) => `${flowKey(flow)} ${flowBody(flow)}`).sort();
}

function demand(
  desired: DesiredBridge,
  isSettled: (judged: JudgedPort) => boolean = () => true,
  normalSource: NormalSource = 'none',
): FlowDemand {
  const closed = Dict.of([...desired.byPort].filter(([, judged]) => !isSettled(judged)));
  return { desired, closed, bare: Dict.empty(), normalSource };
}

/** What is said of each port, but for what it was like before. */
function opinions({ ports, primaries }: DesiredBridge): object {
  return [primaries, ports.map(({ port: { name }, verdict: { port, ...verdict } }) => [name, port.ofports, verdict])];
}

function desiredOf(found: ReadonlyMap<string, DesiredBridge>): DesiredBridge {
  const desired = found.get('br1');
  if (desired === undefined) throw new Error('the bridge has no desired');
  return desired;
}

describe('flows worked out from one state to the next', function () {
  this.timeout(60_000);
  for (const [mode, wire] of [
    ['single', { kind: 'single' }],
    ['secondary', SECONDARY],
  ] as const) {
    it(`are those worked out from nothing, in ${mode} mode, and the changes lead there`, () => {
      const policy = policyOf(wire);
      fc.assert(
        fc.property(anyHistory, (history) => {
          const tables = new Tables();
          const sources = guestSources(policy, undefined);
          const surveyor = new Surveyor();
          const setter = new DesiredState();
          let wanted: WantedFlows | undefined;
          const mirror = new FlowMirror();
          const inSwitch = new Map<string, Flow>();
          for (const [number, port, settling] of history) {
            tables.become(number, port);
            const isSettled = ({ port: { row } }: JudgedPort): boolean =>
              ((settling >> Number(row._uuid.slice(-2))) & 1) === 1;
            const desired = desiredOf(setter.update(surveyor.survey(tables, sources), policy));
            // Another ovs-vswitchd takes over now and then.
            const source = settling % 8 === 0 ? 'local' : 'none';
            wanted = wantedFlows(demand(desired, isSettled, source), LAYOUT, wanted);
            const set = wanted.flows;

            const fresh = desiredOf(
              desiredBridges(
                survey(tables, () => true, sources),
                policy,
              ),
            );
            expect(opinions(desired)).to.deep.equal(opinions(fresh));
            const expected = [...wantedFlows(demand(fresh, isSettled, source), LAYOUT).flows.values()];
            expect(content(set.values())).to.deep.equal(content(indexFlows(expected).values()));

            const { mods } = flowDifference(mirror.flows, set);
            for (const { command, flow } of mods) {
              if (command === 'add') inSwitch.set(flowKey(flow), flow);
              else inSwitch.delete(flowKey(flow));
            }
            mirror.reached(set);
            expect(content(inSwitch.values())).to.deep.equal(content(indexFlows(expected).values()));
            expect(mirror.flows.size).to.equal(inSwitch.size);
            // Now and then somebody else is at work, or all is read anew.
            const [key, victim] = [...inSwitch][settling % Math.max(1, inSwitch.size)] ?? [];
            if (key !== undefined && victim !== undefined && settling % 3 === 0) {
              inSwitch.delete(key);
              mirror.follow({ event: 'removed', own: false, flow: victim });
            }
            if (settling % 5 === 0) {
              mirror.load(inSwitch.values());
            }
          }
        }),
        { numRuns: runs(100) },
      );
    });
  }

  it('follow a community whose number another name takes', () => {
    const policy = policyOf({ kind: 'single' });
    const tables = new Tables();
    const plug = (number: number, profile: string): void => {
      tables.become(number, { setting: PLAIN, profile, ofport: 10 + number, address: number, marked: false });
    };
    const sources = guestSources(policy, undefined);
    const surveyor = new Surveyor();
    const setter = new DesiredState();
    let wanted: WantedFlows | undefined;
    const numbers = (): readonly (number | undefined)[] => {
      const desired = desiredOf(setter.update(surveyor.survey(tables, sources), policy));
      wanted = wantedFlows(demand(desired), LAYOUT, wanted);
      const flows = [...wanted.flows.values()];
      expect(content(flows)).to.deep.equal(content(wantedFlows(demand(desired), LAYOUT).flows.values()));
      const toThird = flows.filter(
        ({ table, match }) => table === LAYOUT.guest && match.ethDst?.value === mac(3) && match.regs?.[1] !== undefined,
      );
      return toThird.map(({ match }) => match.regs?.[1]?.value);
    };
    plug(3, 'community-2102-web');
    plug(4, 'community-2102-web');
    const [before = 0] = numbers();
    plug(5, LIKE_WEB);
    expect(numbers()).to.deep.equal([before + 1]);
  });

  it('are the same object while nothing changes, whatever is asked in between', () => {
    const policy = policyOf({ kind: 'single' });
    const tables = new Tables();
    tables.become(1, { setting: PLAIN, profile: 'isolated-2102', ofport: 11, address: 1, marked: false });
    tables.become(2, { setting: PLAIN, profile: 'community-2102-web', ofport: 12, address: 2, marked: false });
    const sources = guestSources(policy, undefined);
    const surveyor = new Surveyor();
    const setter = new DesiredState();
    let wanted: WantedFlows | undefined;
    const ask = (): WantedFlows['flows'] => {
      const desired = desiredOf(setter.update(surveyor.survey(tables, sources), policy));
      wanted = wantedFlows(demand(desired), LAYOUT, wanted);
      return wanted.flows;
    };
    const first = ask();
    expect(ask()).to.equal(first);
    tables.become(1, { setting: PLAIN, profile: 'isolated-2102', ofport: 11, address: 1, marked: true });
    const second = ask();
    expect(second).not.to.equal(first);
    const kept = [...second].filter(([key, flow]) => first.get(key) === flow).map(([, flow]) => flow);
    expect(kept.filter((flow) => flow.match.inPort === 12)).not.to.be.empty;
    expect(kept.filter((flow) => flow.match.inPort === 11)).to.be.empty;
  });
});
