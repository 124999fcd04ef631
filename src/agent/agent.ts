import { asapScheduler, auditTime, merge, Subject, type Observable, type Subscription } from 'rxjs';
import type { Config } from '../config/config.ts';
import type { LibvirtSources } from '../libvirt/sources.ts';
import type { LockHandle } from '../ovsdb/lock.ts';
import type { Operation } from '../ovsdb/operation.ts';
import { layoutFrom, tablesOf, type Layout } from '../pipeline/layout.ts';
import type { VswitchDatabase } from '../vswitch/database.ts';
import { BridgeSwitch } from './bridge-switch.ts';
import { foreignFlows } from './foreign-flows.ts';
import { GoalSetter, type BridgeGoal, type JudgedPort } from './goal.ts';
import { guestSources } from './guest-sources.ts';
import { hostAlarms } from './host-alarms.ts';
import { openFlowRemote } from './openflow-remote.ts';
import { reportPort } from './port-report.ts';
import { Reconciler } from './reconciler.ts';
import { Settlement } from './settlement.ts';
import { SingleFlight } from './single-flight.ts';
import type { AgentStatus, BridgeStatus, PortStatus } from './status.ts';
import { Surveyor } from './survey.ts';
import type { GuestSources } from './surveyed-port.ts';
import { TxOffload, type OffloadPort } from './tx-offload.ts';

/** What the agent tells its owner as it happens. */
export interface AgentLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface AgentOptions {
  readonly config: Config;
  readonly version: string;
  readonly database: VswitchDatabase;
  /** Undefined where the operator said `libvirt: none`. */
  readonly libvirt: LibvirtSources | undefined;
  /** The lock that only one agent of a host holds; the others stand by. */
  readonly lock: LockHandle;
  readonly log: AgentLog;
}

interface ManagedBridge {
  readonly switch: BridgeSwitch;
  readonly reconciler: Reconciler;
  readonly watch: Subscription;
  goal: BridgeGoal;
  /** What was told of each port last. */
  told: ReadonlyMap<string, Told>;
}

/** The line for the log, and what it was made of. */
interface Told {
  readonly judged: JudgedPort;
  readonly settled: boolean;
  readonly acknowledged: boolean;
  readonly line: string;
}

/** Longest wait for ovs-vswitchd to put settings in force before the question is put again, in milliseconds. */
const CONFIRM_MS = 5000;
const RETRY_MS = 500;
/** A fault that lasts is told again this often, in milliseconds. */
const REPEAT_MS = 60_000;

/**
 * The agent of one host. Every source of facts (OVSDB, libvirt's files, OpenFlow connections, the lock) ends in one stream;
 * each burst of it is one step: rows → survey → verdicts → goal of each bridge → difference → apply. Nothing is remembered
 * between steps but what ovs-vswitchd has confirmed, so a restart, a lost event or a repeated one changes nothing.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #layout: Layout;
  readonly #surveyor: Surveyor;
  readonly #goalSetter: GoalSetter;
  readonly #settlement = new Settlement();
  readonly #bridges = new Map<string, ManagedBridge>();
  readonly #switchFacts = new Subject<void>();
  readonly #confirmations: SingleFlight;
  readonly #offload: TxOffload;
  readonly #startedAt = new Date();
  /** Faults told already, and when: the same one is told again after a while. */
  readonly #faults = new Map<string, { readonly line: string; readonly at: number }>();
  #facts: Subscription | undefined;
  #sources: { readonly of: GuestSources; readonly revision: number | undefined } | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    const { config } = options;
    this.#surveyor = new Surveyor((bridge) => config.bridges?.includes(bridge) ?? true);
    this.#goalSetter = new GoalSetter(config);
    this.#layout = layoutFrom(options.config.tables.first, options.config.tables.lowestPriority);
    this.#offload = new TxOffload({ portgroups: options.config.txOffload, log: options.log });
    this.#confirmations = new SingleFlight(
      () => this.#confirm(),
      (error) => {
        this.#report("ovs-vswitchd did not confirm the ports' VLAN settings", error);
      },
      RETRY_MS,
    );
  }

  start(): void {
    this.#facts = this.#stream()
      .pipe(auditTime(0, asapScheduler))
      .subscribe(() => {
        // What is thrown here would end the process; what is installed stays either way, and the next fact tries again.
        try {
          this.#step();
        } catch (error) {
          this.#report('a step of the agent failed', error);
        }
      });
  }

  /** Ends all activity and leaves flows, settings and marks in place. */
  async stop(): Promise<void> {
    this.#facts?.unsubscribe();
    const ends = [this.#confirmations.stop(), this.#offload.stop()];
    for (const bridge of this.#bridges.values()) ends.push(this.#release(bridge));
    this.#bridges.clear();
    await Promise.all(ends);
  }

  status(): AgentStatus {
    const bridges = Array.from(this.#bridges.values(), (bridge) => this.#bridgeStatus(bridge));
    const { database } = this.#options;
    return {
      version: this.#options.version,
      pid: process.pid,
      startedAt: this.#startedAt.toISOString(),
      database: { connected: database.state.kind === 'synced', detail: describeState(database.state) },
      mode: this.#active() ? 'active' : 'standby',
      bridges,
      alarms: [
        ...hostAlarms(database.root),
        ...bridges.flatMap(alarmsOf),
        ...Array.from(this.#bridges.values()).flatMap((one) => this.#alarms(one)),
      ],
      settled: !this.#confirmations.busy && Array.from(this.#bridges.values()).every((one) => !one.reconciler.busy),
    };
  }

  #stream(): Observable<unknown> {
    const { database, libvirt, lock } = this.#options;
    const sources: Observable<unknown>[] = [database.changes$, database.state$, lock.held$, this.#switchFacts];
    if (libvirt !== undefined) sources.push(libvirt.changes$);
    return merge(...sources);
  }

  #active(): boolean {
    return this.#options.lock.held && this.#options.database.state.kind === 'synced';
  }

  #step(): void {
    if (!this.#active()) {
      for (const bridge of this.#bridges.values()) bridge.reconciler.rest();
      this.#settlement.forget();
      return;
    }
    const found = this.#surveyor.survey(this.#options.database, this.#guestSources());
    this.#settlement.observe([...found.values()].flat());

    const wanted = this.#goalSetter.goals(found);
    for (const [name, bridge] of this.#bridges) {
      if (wanted.has(name)) continue;
      this.#bridges.delete(name);
      void this.#release(bridge);
    }
    for (const [name, goal] of wanted) {
      const bridge = this.#bridges.get(name) ?? this.#manage(name, goal);
      bridge.goal = goal;
      bridge.reconciler.pursue(goal);
      this.#logTransitions(bridge);
    }
    this.#offload.apply([...wanted.values()].flatMap(offloadPorts));
    if (this.#awaiting().length > 0) this.#confirmations.request();
  }

  /** The same object as long as libvirt's files say the same. */
  #guestSources(): GuestSources {
    const { config, libvirt } = this.#options;
    const revision = libvirt?.revision;
    if (this.#sources === undefined || this.#sources.revision !== revision) {
      this.#sources = { of: guestSources(config, libvirt), revision };
    }
    return this.#sources.of;
  }

  #awaiting(): ReturnType<Settlement['awaiting']> {
    return Array.from(this.#bridges.values()).flatMap((bridge) => this.#settlement.awaiting(bridge.goal.ports));
  }

  /** Asks ovs-vswitchd to say when it has caught up with OVSDB; what the rows said when it was asked is then in force. */
  async #confirm(): Promise<void> {
    const ports = this.#awaiting();
    if (ports.length === 0 || !this.#active()) return;
    await this.#options.database.applied([], { timeoutMs: CONFIRM_MS });
    this.#settlement.confirm(ports);
    this.#switchFacts.next();
  }

  #manage(name: string, goal: BridgeGoal): ManagedBridge {
    const bridge = new BridgeSwitch(name, openFlowRemote(this.#options.config.openflow, name), tablesOf(this.#layout));
    const reconciler = new Reconciler(bridge, this.#rows(), this.#settlement, this.#layout, (error) => {
      this.#report(`bridge ${name} is not as wanted yet`, error);
    });
    const watch = bridge.changes$.subscribe(() => {
      if (bridge.state.kind === 'down') this.#report(`bridge ${name}: no OpenFlow`, bridge.state.error);
      this.#switchFacts.next();
    });
    const managed = { switch: bridge, reconciler, watch, goal, told: new Map() };
    this.#bridges.set(name, managed);
    bridge.open();
    return managed;
  }

  #rows(): { transact(operations: readonly Operation[]): Promise<void> } {
    const { database, lock } = this.#options;
    return {
      transact: async (operations) => {
        await database.transact([{ op: 'assert', lock: lock.name }, ...operations]);
      },
    };
  }

  async #release(bridge: ManagedBridge): Promise<void> {
    bridge.watch.unsubscribe();
    await bridge.reconciler.stop();
    bridge.switch.close();
  }

  #bridgeStatus(bridge: ManagedBridge): BridgeStatus {
    const { state } = bridge.switch;
    return {
      name: bridge.switch.bridge,
      openflow: state.kind,
      error: state.kind === 'down' ? state.error.message : undefined,
      flows: bridge.switch.flowCount,
      repairs: bridge.reconciler.repairs,
      ports: bridge.goal.ports.map((judged) => {
        const { settled, acknowledged } = this.#progress(bridge, judged);
        return reportPort(judged, settled, acknowledged);
      }),
    };
  }

  /** Alarms that concern the bridge as a whole. */
  #alarms({ switch: bridge, reconciler, goal }: ManagedBridge): readonly string[] {
    const managed = goal.ports.filter(({ verdict }) => verdict.kind === 'guest' || verdict.kind === 'quarantined');
    const ofports = new Set(managed.flatMap(({ port }) => port.ofports));
    const foreign = managed.length === 0 ? [] : foreignFlows(bridge.foreign, ofports, this.#layout);
    return [...reconciler.alarms(), ...foreign].map((alarm) => `bridge ${bridge.bridge}: ${alarm}`);
  }

  #progress(bridge: ManagedBridge, judged: JudgedPort): { readonly settled: boolean; readonly acknowledged: boolean } {
    return {
      settled: this.#settlement.isSettled(judged),
      acknowledged: bridge.reconciler.acknowledged(judged),
    };
  }

  #logTransitions(bridge: ManagedBridge): void {
    const told = new Map<string, Told>();
    for (const judged of bridge.goal.ports) {
      const { name } = judged.port;
      const before = bridge.told.get(name);
      const { settled, acknowledged } = this.#progress(bridge, judged);
      if (before?.judged === judged && before.settled === settled && before.acknowledged === acknowledged) {
        told.set(name, before);
        continue;
      }
      const port = reportPort(judged, settled, acknowledged);
      const line = transition(port);
      told.set(name, { judged, settled, acknowledged, line });
      if (before?.line === line) continue;
      const details = { bridge: bridge.switch.bridge, port: name, ofport: port.ofport, state: port.state };
      if (port.quarantine?.alarm === true) this.#options.log.warn(details, line);
      else if (port.role !== undefined || port.quarantine !== undefined) this.#options.log.info(details, line);
    }
    bridge.told = told;
  }

  #report(what: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const line = `${what}: ${reason}`;
    const before = this.#faults.get(what);
    const now = performance.now();
    if (before?.line === line && now - before.at < REPEAT_MS) return;
    this.#faults.set(what, { line, at: now });
    this.#options.log.error({}, line);
  }
}

function offloadPorts(goal: BridgeGoal): readonly OffloadPort[] {
  return goal.ports.flatMap(({ port }) =>
    port.kind !== 'guest' || port.ofports.length === 0
      ? []
      : port.interfaces.map((one) => ({
          uuid: one._uuid,
          name: one.name,
          portgroup: port.portgroup.kind === 'portgroup' ? port.portgroup.name : undefined,
        })),
  );
}

function transition(port: PortStatus): string {
  const why = port.quarantine === undefined ? '' : `: ${port.quarantine.message}`;
  const as = port.role === undefined ? '' : ` as ${port.role}`;
  const note = port.note === undefined ? '' : `; it ${port.note}`;
  return `port ${port.name} ${port.state}${as}${why}${note}`;
}

function alarmsOf(bridge: BridgeStatus): readonly string[] {
  const alarms = bridge.ports.flatMap((port) =>
    port.quarantine?.alarm === true
      ? [`bridge ${bridge.name}: port ${port.name} is quarantined: ${port.quarantine.message}`]
      : [],
  );
  return bridge.error === undefined ? alarms : [`bridge ${bridge.name}: ${bridge.error}`, ...alarms];
}

function describeState(state: VswitchDatabase['state']): string {
  switch (state.kind) {
    case 'disconnected':
      return state.error.message;
    case 'closed':
      return 'closed';
    default:
      return `${state.kind} ${state.remote}`;
  }
}
