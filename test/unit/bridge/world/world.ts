import { merge } from 'rxjs';
import { DesiredState, type DesiredBridge } from '../../../../src/desire/desired-bridge.ts';
import { guestSources } from '../../../../src/observe/guest-sources.ts';
import { Surveyor } from '../../../../src/observe/survey.ts';
import { BridgeSwitch } from '../../../../src/bridge/bridge-switch.ts';
import { decide } from '../../../../src/bridge/decide/decide.ts';
import type { Decision } from '../../../../src/bridge/decide/decision.ts';
import { BridgeDriver } from '../../../../src/bridge/driver.ts';
import { foresee, type Foreseen } from '../../../../src/bridge/decide/foresee.ts';
import { PortLocks } from '../../../../src/bridge/port-locks.ts';
import { awaited, SettingsInForce, type SettingsSeen } from '../../../../src/bridge/rows/settings-in-force.ts';
import { indexFlows } from '../../../../src/bridge/flows/flow-index.ts';
import { isDeepStrictEqual } from 'node:util';
import { formatFlow } from '../../../../src/openflow/format-flow.ts';
import type { Flow } from '../../../../src/openflow/flow.ts';
import { isOurs } from '../../../../src/pipeline/cookie.ts';
import { layoutFrom, tablesOf } from '../../../../src/pipeline/layout.ts';
import type { InterfaceRow, PortRow } from '../../../../src/vswitch/rows.generated.ts';
import { NO_POLICY } from '../../../support/ports.ts';
import { bridgeRow, interfaceRow, portRow, uuid } from '../../../support/rows.ts';
import { ModelDatabase, type ModelPort, type Rows } from './model-database.ts';
import { ModelPortConfigs } from './model-port-configs.ts';
import { ModelSwitch, SOFTWARE } from './model-switch.ts';
import type { Queue } from './queue.ts';
import { VirtualClock } from './virtual-clock.ts';

export const LAYOUT = layoutFrom(60, 145);
/** One decision of so many is made once more, from nothing. */
const TWICE = 3;

/** Mistakes that the work on a bridge can be made with on purpose. */
export interface Mistakes {
  readonly decide?: typeof decide;
  readonly settings?: (seen: SettingsSeen, world: World) => SettingsSeen;
}

/** One bridge, its switch and database as models, and the agent's real work on it. */
export class World {
  readonly flows = new ModelSwitch();
  readonly database = new ModelDatabase();
  readonly configs = new ModelPortConfigs();
  readonly clock = new VirtualClock();
  readonly #mistakes: Mistakes;
  readonly #surveyor = new Surveyor();
  readonly #desiredState = new DesiredState();
  readonly #sources = guestSources(NO_POLICY, undefined);
  readonly #settings = new SettingsInForce();
  readonly #rows = new Map<Rows, { readonly port: PortRow; readonly interface: InterfaceRow }>();
  #switch: BridgeSwitch | undefined;
  #driver: BridgeDriver | undefined;
  #isAsking = false;
  #latest: Decision | undefined;
  #decisions = 0;
  /** What nobody expected. */
  readonly errors: unknown[] = [];

  constructor(mistakes: Mistakes = {}) {
    this.#mistakes = mistakes;
    this.database.onPort = (ofport, isThere) => {
      if (isThere) this.configs.add(ofport);
      else this.configs.remove(ofport);
    };
    this.database.onChange = () => {
      this.step();
    };
  }

  /** The last decision of the agent. */
  get latest(): Decision | undefined {
    return this.#latest;
  }

  get isBusy(): boolean {
    return this.#driver?.busy === true;
  }

  /** Starts the agent. */
  start(): void {
    const { settings: distort, decide: instead } = this.#mistakes;
    this.#switch = new BridgeSwitch('br1', () => this.flows.connect(), tablesOf(LAYOUT), this.clock);
    const locks = new PortLocks(() => this.configs.connect(), this.clock);
    this.#driver = new BridgeDriver({
      flows: this.#switch,
      locks,
      rows: { transact: (operations) => this.database.transact(operations) },
      settings: () => distort?.(this.#settings.seen, this) ?? this.#settings.seen,
      layout: LAYOUT,
      onDecision: (decision) => {
        this.#latest = decision;
      },
      onError: (error) => {
        if (error instanceof TypeError) this.errors.push(error);
      },
      onCommit: () => undefined,
      clock: this.clock,
      decide: instead ?? (distort === undefined ? (...question) => this.#twice(...question) : decide),
    });
    merge(this.#switch.changes$, locks.changes$).subscribe(() => {
      this.step();
    });
    this.#switch.open();
    locks.open();
    this.step();
  }

  /** What the agent does whenever it learns something. */
  step(): void {
    if (this.#driver === undefined) return;
    const desired = this.desired();
    this.#driver.desire(desired);
    const asked = desired.ports.flatMap(
      (judged) => awaited(judged, this.#settings.seen.get(judged.port.row._uuid)) ?? [],
    );
    if (this.#isAsking || asked.length === 0) return;
    this.#isAsking = true;
    this.database.confirm(() => {
      this.#isAsking = false;
      this.#settings.confirm(asked);
      this.step();
    });
  }

  /** What the bridge is to become, by what the agent sees. */
  desired(): DesiredBridge {
    const seen = [...this.database.gone, ...this.database.ports.values()].flatMap((port) => this.#look(port));
    const tables = {
      bridges: new Map([
        [
          uuid(1, 1),
          bridgeRow(
            1,
            seen.map(({ port }) => port._uuid),
          ),
        ],
      ]),
      ports: new Map(seen.map(({ port }) => [port._uuid, port])),
      interfaces: new Map(seen.map((rows) => [rows.interface._uuid, rows.interface])),
    };
    const found = this.#surveyor.survey(tables, this.#sources);
    this.#settings.observe(found);
    const desired = this.#desiredState.update(found, NO_POLICY).get('br1');
    if (desired === undefined) throw new Error('the bridge has no desired');
    return desired;
  }

  /** Decides, and now and then once more from nothing, which has to come to the same. */
  #twice(...question: Parameters<typeof decide>): Decision {
    const [layout, desired, observed, before, now] = question;
    const decision = decide(...question);
    this.#decisions += 1;
    if (this.#decisions % TWICE !== 0) return decision;
    const fresh = decide(layout, desired, observed, { ...before, work: undefined }, now);
    if (!isDeepStrictEqual(outlineOf(decision), outlineOf(fresh))) {
      this.errors.push(
        new Error(`decided ${JSON.stringify(outlineOf(decision))}, from nothing ${JSON.stringify(outlineOf(fresh))}`),
      );
    }
    return decision;
  }

  /** What `plan` would print. */
  plan(): Foreseen {
    const ours = indexFlows([...this.flows.flows.values()].filter(({ cookie }) => isOurs(cookie)));
    const foreign = new Map([...this.flows.flows].filter(([, flow]) => !isOurs(flow.cookie)));
    return foresee(LAYOUT, this.desired(), {
      flows: ours,
      foreign,
      software: SOFTWARE,
    });
  }

  /** The places at which something may be under way. */
  get #queues(): readonly Queue[] {
    const { flows, database, configs } = this;
    const switches = [flows.requests, flows.replies, configs.requests, configs.replies];
    return [...switches, database.requests, database.daemon, database.replies];
  }

  /** Lets the next thing happen that is under way at one of these places. */
  async happen(place: number): Promise<void> {
    const busy = this.#queues.filter(({ size }) => size > 0);
    busy[place % Math.max(1, busy.length)]?.next();
    await this.think();
  }

  /** Lets everything happen that is under way, and what follows from it. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 2000; turn += 1) {
      const busy = this.#queues.find(({ size }) => size > 0);
      if (busy === undefined) return;
      busy.next();
      await this.think();
    }
    throw new Error('it never comes to rest');
  }

  /** Lets time pass. */
  async wait(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds);
    await this.think();
  }

  /** Lets promises be kept. */
  async think(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const [error] = this.errors;
    if (error !== undefined) throw error instanceof Error ? error : new Error('unexpected');
  }

  /** Flows in the switch, as text, in an order of their own. */
  content(flows: Iterable<Flow> = this.flows.flows.values()): readonly string[] {
    return Array.from(flows, (flow) =>
      JSON.stringify(flow, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
    ).sort();
  }

  #look({ number, seen }: ModelPort): readonly { readonly port: PortRow; readonly interface: InterfaceRow }[] {
    if (seen === undefined) return [];
    let rows = this.#rows.get(seen);
    if (rows === undefined) {
      rows = {
        port: portRow(number, seen.setting, Object.fromEntries(seen.portIds)),
        interface: interfaceRow(number, seen.ofport, Object.fromEntries(seen.interfaceIds)),
      };
      this.#rows.set(seen, rows);
    }
    return [rows];
  }
}

/** What a decision says. */
function outlineOf(decision: Decision): object {
  const { mods, wanted, closed, ports, transactions, portMods, held, left, wakeAt, read, isDone, memory } = decision;
  const text = ({ command, flow }: (typeof mods)[number]): string => `${command} ${formatFlow(flow)}`;
  return {
    mods: mods.map(text).sort(),
    wanted: Array.from(wanted.values(), formatFlow).sort(),
    closed: Array.from(closed, ([key, { code }]) => [key, code]),
    ports: Array.from(ports, ([key, { hold, acknowledged }]) => [key, hold, acknowledged]),
    transactions: transactions.map(({ operations }) => operations),
    repaired: [memory.repairs.count, [...memory.repairs.rows], [...memory.repairs.buckets]],
    served: memory.served === undefined ? undefined : [...memory.served.open.keys()],
    others: [portMods, [...held], left, wakeAt, read, isDone],
  };
}
