import type { Observable } from 'rxjs';
import { condition, type Condition } from '../alarm/alarm.ts';
import type { AgentLog } from '../base/agent-log.ts';
import { FaultLog } from '../base/fault-log.ts';
import { SingleFlight } from '../base/single-flight.ts';
import type { ConnectionOptions } from '../ovsdb/session-options.ts';
import type { SessionState } from '../ovsdb/session-state.ts';
import { NO_ROUTERS, type RoutersElsewhere } from '../pvlan/promiscuous-addresses.ts';
import type { Verdict } from '../pvlan/verdict.ts';
import type { VlanId } from '../pvlan/vlan-id.ts';
import { loadCache, saveCache } from './cache-file.ts';
import { fleetConditions } from './fleet-conditions.ts';
import type { FleetFacts } from './facts.ts';
import { ownRows } from './own-rows.ts';
import { FleetPublisher } from './publisher.ts';
import { FleetReader } from './reader.ts';
import { routersElsewhere } from './routers-elsewhere.ts';

/** How a host takes part in a fleet. */
export interface FleetOptions {
  /** The common name of its certificate. */
  readonly host: string;
  readonly version: string;
  /** Relays or members. */
  readonly read: ConnectionOptions;
  /** Members alone. */
  readonly write: ConnectionOptions;
  /** Where what is known is kept over a restart. */
  readonly cacheFile: string;
  /** Private VLANs that the host is configured for. */
  readonly pvlans: readonly VlanId[];
  readonly log: AgentLog;
}

/** The verdicts on one bridge; another object whenever they are others. */
interface Judged {
  values(): Iterable<Verdict>;
}

/** The cache is written this long after something has changed, in milliseconds, and tried again after as long. */
const SAVE_MS = 1000;

const NOTHING = { endpoints: [], routers: [], policies: [], verdicts: [] };

/**
 * One host's part in a fleet: tells of the host's endpoints, and follows what others tell. Nothing that it does or fails to do
 * holds up a port of this host.
 */
export class Fleet {
  readonly changes$: Observable<void>;
  readonly #options: FleetOptions;
  readonly #reader: FleetReader;
  readonly #publisher: FleetPublisher;
  readonly #saving: SingleFlight;
  #timer: NodeJS.Timeout | undefined;
  #elsewhere: { readonly of: FleetFacts; readonly routers: RoutersElsewhere } | undefined;
  #told: readonly Judged[] = [];
  /** What the fleet was told last. */
  #verdicts: readonly Verdict[] = [];
  /** Since when each contradiction stands, on a clock that only goes forward. */
  #since = new Map<string, number>();

  constructor(options: FleetOptions) {
    this.#options = options;
    const known = loadCache(options.cacheFile) ?? NOTHING;
    this.#reader = new FleetReader(options.read, known, options.pvlans);
    this.#publisher = new FleetPublisher(options.write, options.host, options.version);
    this.changes$ = this.#reader.changes$;
    const faults = new FaultLog(options.log);
    this.#saving = new SingleFlight(
      () => saveCache(options.cacheFile, this.#reader.rows()),
      (error) => {
        faults.report(
          `what is known of the fleet is not kept over a restart: ${options.cacheFile} cannot be written`,
          error,
        );
      },
      SAVE_MS,
    );
    this.#reader.changes$.subscribe(() => {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#saving.request();
      }, SAVE_MS);
    });
  }

  /** The same as long as what is known is the same. */
  get revision(): unknown {
    return this.#reader.read();
  }

  read(): FleetFacts {
    return this.#reader.read();
  }

  /** Routers on other hosts that this one may believe in. */
  routers(): RoutersElsewhere {
    const facts = this.read();
    if (facts.routers.length === 0 && facts.policies.size === 0) return NO_ROUTERS;
    if (this.#elsewhere?.of !== facts)
      this.#elsewhere = { of: facts, routers: routersElsewhere(facts, this.#options.host) };
    return this.#elsewhere.routers;
  }

  /** Tells the fleet what the ports of this host's bridges are. */
  tell(bridges: readonly Judged[], primaries: Iterable<VlanId>): void {
    this.#reader.follow(primaries);
    const isSame = bridges.length === this.#told.length && bridges.every((one, index) => one === this.#told[index]);
    if (isSame) return;
    this.#told = bridges;
    this.#verdicts = bridges.flatMap((one) => [...one.values()]);
    this.#publisher.publish(ownRows(this.#options.host, this.#verdicts));
  }

  /** What of it needs the operator. */
  conditions(): readonly Condition[] {
    const { found, since } = fleetConditions(
      {
        host: this.#options.host,
        facts: this.read(),
        verdicts: this.#verdicts,
        since: this.#since,
        problem: this.#publisher.problem,
      },
      performance.now(),
    );
    this.#since = since;
    return [...found, ...away('read', this.#reader.state), ...away('written', this.#publisher.state)];
  }

  /** How many transactions were committed. */
  get transactions(): number {
    return this.#publisher.transactions;
  }

  /** Ends both connections; what was told of this host stays. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#reader.close();
    await Promise.all([this.#publisher.close(), this.#saving.stop()]);
  }
}

function away(what: 'read' | 'written', state: SessionState): readonly Condition[] {
  if (state.kind !== 'disconnected') return [];
  const message = `the fleet's database cannot be ${what}, and what was known stays in force: ${state.error.message}`;
  return [condition('fleet-away', { about: what }, message)];
}
