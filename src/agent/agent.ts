import { asapScheduler, auditTime, EMPTY, interval, merge, Subject, type Observable, type Subscription } from 'rxjs';
import type { Dict } from '../base/dict.ts';
import type { LibvirtSources } from '../libvirt/sources.ts';
import type { LockHandle } from '../ovsdb/lock.ts';
import { layoutFrom, type Layout } from '../pipeline/layout.ts';
import type { VswitchDatabase } from '../vswitch/database.ts';
import { AlarmBook } from '../alarm/alarm-book.ts';
import type { AgentLog } from '../base/agent-log.ts';
import { bridgeConditions } from '../bridge/report/bridge-conditions.ts';
import type { Configuration } from './configuration.ts';
import { DatapathCache } from '../host/datapath-cache.ts';
import type { FactSource } from './fact-source.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { FaultLog } from '../base/fault-log.ts';
import { DropWatch } from './drop-watch.ts';
import { DesiredState, type DesiredBridge } from '../desire/desired-bridge.ts';
import { guestSources } from '../observe/guest-sources.ts';
import { hostConditions } from '../host/host-conditions.ts';
import { openFlowRemote } from './openflow-remote.ts';
import { ManagedBridge } from '../bridge/managed-bridge.ts';
import type { RowWriter } from '../bridge/driver.ts';
import { Timings } from '../bridge/timings.ts';
import { SettingsInForce, type Awaited } from '../bridge/rows/settings-in-force.ts';
import { SingleFlight } from '../base/single-flight.ts';
import type { DropReport } from '../control/drops.ts';
import type { MetricFacts } from '../metrics/samples.ts';
import type { AgentStatus } from '../control/status.ts';
import { agentStatus } from './agent-status.ts';
import { offloadPorts } from './offload-ports.ts';
import { Surveyor } from '../observe/survey.ts';
import type { GuestSources } from '../observe/surveyed-port.ts';
import { TxOffload } from '../host/tx-offload.ts';

export interface AgentOptions {
  readonly configuration: Configuration;
  readonly version: string;
  readonly database: VswitchDatabase;
  /** Undefined where the operator said `libvirt: none`. */
  readonly libvirt: LibvirtSources | undefined;
  /** Undefined where the host is in no fleet. */
  readonly fleet?: Fleet | undefined;
  /** The lock that only one agent of a host holds; the others stand by. */
  readonly lock: LockHandle;
  readonly log: AgentLog;
}

/** Longest wait for ovs-vswitchd to put settings in force before the question is put again, in milliseconds. */
const CONFIRM_MS = 5000;
const RETRY_MS = 500;

/** Alarms are looked for this often, in milliseconds, besides whenever something happens. */
const LOOK_MS = 1000;

/**
 * The agent of one host. Every source of facts (OVSDB, libvirt's files, OpenFlow connections, the lock) ends in one stream;
 * each burst of it is one step: rows → survey → verdicts → desired bridges → difference → apply. Nothing is remembered
 * between steps but what ovs-vswitchd has confirmed, so a restart, a lost event or a repeated one changes nothing.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #layout: Layout;
  readonly #surveyor = new Surveyor();
  readonly #desiredState = new DesiredState();
  readonly #settings = new SettingsInForce();
  readonly #bridges = new Map<string, ManagedBridge>();
  readonly #switchFacts = new Subject<void>();
  readonly #confirmations: SingleFlight;
  readonly #offload: TxOffload;
  readonly #datapath: DatapathCache;
  readonly #drops = new DropWatch(() => this.#bridges);
  readonly #timings = new Timings();
  readonly #startedAt = new Date();
  readonly #faults: FaultLog;
  readonly #alarms: AlarmBook;
  readonly #outcomes = new Subject<void>();
  #facts: Subscription | undefined;
  #looks: Subscription | undefined;
  #guests: { readonly of: ReturnType<typeof guestSources>; readonly revisions: readonly unknown[] } | undefined;
  /** Domains that have ports here. */
  #domains: ReadonlySet<string> = new Set();

  constructor(options: AgentOptions) {
    this.#options = options;
    const config = options.configuration.read();
    this.#faults = new FaultLog(options.log);
    this.#alarms = new AlarmBook(options.log);
    this.#layout = layoutFrom(config.tables.first, config.tables.lowestPriority);
    this.#offload = new TxOffload({ log: options.log });
    this.#datapath = new DatapathCache(config.openflow, (error) => {
      this.#faults.report('the userspace datapath may keep stale flows: its caches could not be emptied', error);
    });
    this.#confirmations = new SingleFlight(
      () => this.#confirm(),
      (error) => {
        this.#faults.report("ovs-vswitchd did not confirm the ports' VLAN settings", error);
      },
      RETRY_MS,
    );
  }

  start(): void {
    this.#drops.start();
    // Some alarms end by the passing of time alone.
    this.#looks = merge(this.#outcomes.pipe(auditTime(0, asapScheduler)), interval(LOOK_MS)).subscribe(() => {
      this.#lookForAlarms();
    });
    this.#facts = this.#stream()
      .pipe(auditTime(0, asapScheduler))
      .subscribe(() => {
        // What is thrown here would end the process; what is installed stays either way, and the next fact tries again.
        try {
          this.#step();
          this.#lookForAlarms();
        } catch (error) {
          this.#faults.report(
            'a step of the agent failed (what is installed stays, and the next change tries again; if it lasts, start the agent again)',
            error,
          );
        }
      });
  }

  /** Ends all activity and leaves flows, settings and marks in place. */
  async stop(): Promise<void> {
    this.#facts?.unsubscribe();
    this.#looks?.unsubscribe();
    const ends = [this.#confirmations.stop(), this.#offload.stop(), this.#datapath.stop(), this.#drops.stop()];
    for (const bridge of this.#bridges.values()) ends.push(bridge.release());
    this.#bridges.clear();
    await Promise.all(ends);
  }

  status(): AgentStatus {
    this.#lookForAlarms();
    const { version, database } = this.#options;
    return agentStatus({
      version,
      startedAt: this.#startedAt,
      database: database.state,
      isActive: this.#active(),
      bridges: Array.from(this.#bridges.values(), (bridge) => bridge.status()),
      alarms: this.#alarms.alarms,
      drops: this.#drops.report,
      isSettled: !this.#confirmations.busy && Array.from(this.#bridges.values()).every((bridge) => !bridge.busy),
    });
  }

  /** What metrics are made of. */
  async metrics(): Promise<MetricFacts> {
    const drops = await this.drops();
    const { endpoints } = this.#options.configuration.read().metrics;
    return { status: this.status(), drops, timings: this.#timings, endpoints };
  }

  /** What was dropped, read anew unless that was done a moment ago. */
  drops(): Promise<DropReport> {
    return this.#drops.fresh();
  }

  #stream(): Observable<unknown> {
    const { database, lock } = this.#options;
    const sources = this.#sources().map(({ changes$ }) => changes$);
    const fleet = this.#options.fleet?.changes$ ?? EMPTY;
    return merge(database.changes$, database.state$, lock.held$, this.#switchFacts, fleet, ...sources);
  }

  #active(): boolean {
    return this.#options.lock.held && this.#options.database.state.kind === 'synced';
  }

  #lookForAlarms(): void {
    const { database, configuration, fleet } = this.#options;
    const bridges = [...this.#bridges.values()];
    this.#alarms.look(
      [
        ...hostConditions(database, configuration.read().bridges),
        ...configuration.conditions(),
        ...(fleet?.conditions() ?? []),
        ...bridges.flatMap((bridge) => bridge.conditions()),
        ...bridges.flatMap(({ desired }) => bridgeConditions(desired, database)),
      ],
      new Date(),
    );
  }

  #step(): void {
    if (!this.#active()) {
      for (const bridge of this.#bridges.values()) bridge.rest();
      this.#settings.forget();
      return;
    }
    const config = this.#options.configuration.read();
    const inScope = (bridge: string): boolean => config.bridges?.includes(bridge) ?? true;
    const found = this.#surveyor.survey(this.#options.database, this.#guestSources(), inScope);
    this.#settings.observe(found);
    this.#domains = new Set(
      [...found.values()].flatMap((ports) => [...ports.values()].flatMap(({ vmId }) => vmId ?? [])),
    );
    this.#options.libvirt?.retain(this.#domains);

    const { fleet } = this.#options;
    const wanted = this.#desiredState.update(found, config, fleet?.routers());
    for (const [name, bridge] of this.#bridges) {
      if (wanted.has(name)) continue;
      this.#bridges.delete(name);
      void bridge.release();
    }
    for (const [name, desired] of wanted) {
      const bridge = this.#bridges.get(name) ?? this.#manage(desired);
      this.#bridges.set(name, bridge);
      bridge.desire(desired);
    }
    fleet?.tell(
      Array.from(wanted.values(), ({ verdicts }) => verdicts),
      [...wanted.values()].flatMap((desired) => desired.primaries.map(({ primary }) => primary)),
    );
    // Most hosts name no portgroup there, and then no port is looked at.
    const offloaded = config.txOffload.size === 0 ? [] : [...wanted.values()].flatMap(offloadPorts);
    this.#offload.apply(offloaded, config.txOffload);
    if (this.#awaiting().some(({ size }) => size > 0)) this.#confirmations.request();
  }

  /** What of the world outside ports are judged by, besides OVSDB. */
  #sources(): readonly Pick<FactSource<unknown>, 'changes$' | 'revision'>[] {
    const { configuration, libvirt } = this.#options;
    return libvirt === undefined ? [configuration] : [configuration, libvirt];
  }

  /** The same object as long as every source says the same. */
  #guestSources(): GuestSources {
    const { configuration, libvirt } = this.#options;
    const revisions = this.#sources().map(({ revision }) => revision);
    const last = this.#guests;
    if (last?.revisions.every((revision, index) => revision === revisions[index]) === true) return last.of;
    const moved = [...(last?.of.moving ?? [])].filter((uuid) => this.#domains.has(uuid));
    const guests = { of: guestSources(configuration.read(), libvirt, new Set(moved)), revisions };
    this.#guests = guests;
    return guests.of;
  }

  #awaiting(): readonly Dict<string, Awaited>[] {
    return Array.from(this.#bridges.values(), (bridge) => bridge.awaiting());
  }

  /** Asks ovs-vswitchd to say when it has caught up with OVSDB; what the rows said when it was asked is then in force. */
  async #confirm(): Promise<void> {
    const ports = this.#awaiting().flatMap((ofBridge) => [...ofBridge.values()]);
    if (ports.length === 0 || !this.#active()) return;
    await this.#options.database.applied([], { timeoutMs: CONFIRM_MS });
    this.#settings.confirm(ports);
    this.#switchFacts.next();
  }

  #manage(desired: DesiredBridge): ManagedBridge {
    return new ManagedBridge(desired, {
      remote: openFlowRemote(this.#options.configuration.read().openflow, desired.bridge),
      rows: this.#rows(),
      settings: this.#settings,
      layout: this.#layout,
      log: this.#options.log,
      faults: this.#faults,
      timings: this.#timings,
      onChange: () => {
        this.#switchFacts.next();
      },
      onDecision: () => {
        this.#outcomes.next();
      },
      onCommit: () => {
        if (this.#isUserspace(desired.bridge)) this.#datapath.tablesChanged();
      },
    });
  }

  #isUserspace(bridge: string): boolean {
    const row = Array.from(this.#options.database.bridges.values()).find(({ name }) => name === bridge);
    return row !== undefined && row.datapath_type !== '' && row.datapath_type !== 'system';
  }

  #rows(): RowWriter {
    const { database, lock } = this.#options;
    return {
      transact: async (operations) => {
        await database.transact([{ op: 'assert', lock: lock.name }, ...operations]);
      },
    };
  }
}
