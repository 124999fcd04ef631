import { Observable, share, throwError } from 'rxjs';
import { Channel } from './channel.ts';
import { barrier, commitBundle } from './commit.ts';
import type { Description } from './description.ts';
import { Unsupported } from './errors.ts';
import type { Flow, FlowMod } from './flow.ts';
import { decodeFlowUpdates, encodeFlowMonitorRequest, type FlowChange } from './flow-monitor.ts';
import { decodeFlowCounters, type FlowCounter } from './flow-counter.ts';
import { decodeFlowStats, encodeFlowStatsRequest, type FlowFilter } from './flow-stats.ts';
import { type Features, negotiateVersion, readDescription, readFeatures } from './handshake.ts';
import { type Message, MessageType, type Version } from './message.ts';
import { decodeMultipart, encodeMultipart, MultipartCollector, MultipartType } from './multipart.ts';
import {
  decodePortDescs,
  decodePortStatus,
  encodeAsyncPortStatus,
  encodePortDescRequest,
  encodeSetConfig,
  type PortDesc,
  type PortStatus,
} from './port.ts';
import { hasFlowMonitor, parseRelease } from './release.ts';
import type { TlsFiles } from '../base/connect.ts';
import { openRemote } from './remote.ts';

export interface ConnectOptions {
  readonly tls?: TlsFiles;
  /** How long the switch may take over any one answer, in milliseconds; 10,000 by default. */
  readonly timeoutMs?: number;
  /** Silence after which the switch is probed, and after as much again given up, in milliseconds; 5,000 by default. */
  readonly probeIntervalMs?: number;
  /** Versions to accept; OpenFlow 1.5 (0x06) and 1.4 (0x05) by default. */
  readonly versions?: readonly Version[];
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_PROBE_INTERVAL_MS = 5_000;
const DEFAULT_VERSIONS: readonly Version[] = [0x06, 0x05];
/** No bridge has more flows or ports than this; a reply that goes on past it is hostile. */
const MAX_ENTRIES = 1_000_000;
/** One monitor serves all subscribers of a connection: its updates do not say which monitor they are for. */
const MONITOR_ID = 1;

/** What is known of the switch once it has been greeted. */
interface Greeting {
  readonly version: Version;
  readonly features: Features;
  readonly description: Description;
}

/**
 * A connection to one bridge, over its management socket `<rundir>/<bridge>.mgmt` or TCP. It does not come back by
 * itself: after {@link OpenFlowConnection.closed} make another. Every method rejects with ConnectionLost,
 * RequestTimeout or ProtocolError when the switch goes away, is silent past its time or breaks the protocol, which ends
 * the connection; nothing stays pending.
 */
export class OpenFlowConnection {
  readonly version: Version;
  readonly features: Features;
  readonly description: Description;
  readonly #channel: Channel;
  readonly #timeoutMs: number;
  readonly #changes$: Observable<FlowChange>;
  /** Ports added, deleted and modified; begins once subscribed. Errors when the connection is lost. */
  readonly portStatus$: Observable<PortStatus>;
  #lastBundle = 0;
  /** The last bundle asked for, while it is not yet through. */
  #commits: Promise<unknown> | undefined;

  private constructor(channel: Channel, greeting: Greeting, timeoutMs: number) {
    this.#channel = channel;
    this.version = greeting.version;
    this.features = greeting.features;
    this.description = greeting.description;
    this.#timeoutMs = timeoutMs;
    this.#changes$ = this.#flowChanges().pipe(share());
    this.portStatus$ = this.#portStatus().pipe(share());
  }

  /**
   * Connects to `unix:PATH`, `tcp:HOST[:PORT]` or `ssl:HOST[:PORT]` and agrees on a version. Rejects with ConnectFailed,
   * VersionRefused, RequestTimeout, ConnectionLost or ProtocolError.
   */
  static async connect(remote: string, options: ConnectOptions = {}): Promise<OpenFlowConnection> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const socket = await openRemote(remote, timeoutMs, options.tls);
    const channel = new Channel(socket, remote, options.probeIntervalMs ?? DEFAULT_PROBE_INTERVAL_MS);
    try {
      const version = await negotiateVersion(channel, remote, options.versions ?? DEFAULT_VERSIONS, timeoutMs);
      const [features, description] = await Promise.all([
        readFeatures(channel, timeoutMs),
        readDescription(channel, timeoutMs),
      ]);
      return new OpenFlowConnection(channel, { version, features, description }, timeoutMs);
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  /** Settles when the connection has ended: with the error that ended it, or `undefined` after {@link close}. */
  get closed(): Promise<Error | undefined> {
    return this.#channel.closed;
  }

  /** The flows in the bridge that `filter` lets through, canonical, in no order. */
  readFlows(filter: FlowFilter): Promise<Flow[]> {
    const decode = (body: Buffer): Flow[] => decodeFlowStats(body, this.version);
    return this.#multipart('OFPMP_FLOW', MultipartType.FLOW, encodeFlowStatsRequest(filter), decode);
  }

  /** How often each flow that `filter` lets through has matched; those that never have are left out, and in no order. */
  readCounters(filter: FlowFilter): Promise<FlowCounter[]> {
    const decode = (body: Buffer): FlowCounter[] => decodeFlowCounters(body, this.version);
    return this.#multipart('OFPMP_FLOW', MultipartType.FLOW, encodeFlowStatsRequest(filter), decode);
  }

  /**
   * Applies all of `mods`, in order and at one instant, or none; settles when the switch has done so. Bundles of one
   * connection queue. Rejects with BundleRefused naming the change at fault; after ConnectionLost or RequestTimeout
   * the outcome is unknown and must be read back.
   */
  commit(mods: readonly FlowMod[]): Promise<void> {
    const run = (): Promise<void> => this.#commit(mods);
    const result = this.#commits === undefined ? run() : this.#commits.then(run);
    const settled: Promise<void> = result
      .catch(() => undefined)
      .then(() => {
        if (this.#commits === settled) this.#commits = undefined;
      });
    this.#commits = settled;
    return result;
  }

  /** Settles when the switch has processed everything sent before. */
  async barrier(): Promise<void> {
    await barrier(this.#channel, this.#timeoutMs);
  }

  /**
   * Changes to the flow tables from now on, by anyone. Flows read after subscribing and changes seen since then
   * together miss nothing. Errors when the connection is lost, completes when it is closed here. Errors with Unsupported or
   * SwitchError where the switch has no flow monitor, which leaves the connection as it is.
   */
  monitorFlows(): Observable<FlowChange> {
    return this.#changes$;
  }

  /** The bridge's ports, its own (LOCAL) among them. */
  ports(): Promise<PortDesc[]> {
    const body = encodePortDescRequest(this.version);
    return this.#multipart('OFPMP_PORT_DESC', MultipartType.PORT_DESC, body, decodePortDescs);
  }

  /** Ends the connection now; whatever is under way is rejected with ConnectionLost. */
  close(): void {
    this.#channel.close();
  }

  async #commit(mods: readonly FlowMod[]): Promise<void> {
    if (mods.length === 0) return this.barrier();
    this.#lastBundle = (this.#lastBundle + 1) >>> 0;
    return commitBundle(this.#channel, this.version, this.#lastBundle, mods, this.#timeoutMs);
  }

  #multipart<T>(what: string, type: number, body: Buffer, decode: (body: Buffer) => T[]): Promise<T[]> {
    const collector = new MultipartCollector(type, decode, MAX_ENTRIES);
    const request = encodeMultipart(type, body);
    return this.#channel.request(what, MessageType.MULTIPART_REQUEST, request, this.#timeoutMs, (message) =>
      message.type === MessageType.MULTIPART_REPLY ? collector.accept(message.body) : undefined,
    );
  }

  #flowChanges(): Observable<FlowChange> {
    const { software } = this.description;
    const release = parseRelease(software);
    if (release !== undefined && !hasFlowMonitor(release)) {
      const message = `Open vSwitch ${software} has no flow monitor in OpenFlow 1.4 and 1.5; 3.0 is the first that has`;
      return throwError(() => new Unsupported(message));
    }
    return new Observable((subscriber) => {
      const stop = this.#unsolicited(subscriber, (message) => {
        if (message.type !== MessageType.MULTIPART_REPLY) return [];
        const part = decodeMultipart(message.body);
        return part.type === MultipartType.FLOW_MONITOR ? decodeFlowUpdates(part.body) : [];
      });
      const command = (name: 'add' | 'delete'): Promise<unknown> =>
        this.#multipart(
          'OFPMP_FLOW_MONITOR',
          MultipartType.FLOW_MONITOR,
          encodeFlowMonitorRequest(MONITOR_ID, name),
          () => [],
        );
      let refused = false;
      command('add').catch((error: unknown) => {
        refused = true;
        subscriber.error(error);
      });
      return () => {
        stop();
        if (!refused) command('delete').catch(() => undefined);
      };
    });
  }

  #portStatus(): Observable<PortStatus> {
    return new Observable((subscriber) => {
      const stop = this.#unsolicited(subscriber, (message) =>
        message.type === MessageType.PORT_STATUS ? [decodePortStatus(message.body)] : [],
      );
      this.#channel.send(MessageType.SET_ASYNC, this.#channel.xid(), encodeAsyncPortStatus());
      this.#channel.send(MessageType.SET_CONFIG, this.#channel.xid(), encodeSetConfig(0xffff));
      return stop;
    });
  }

  #unsolicited<T>(
    subscriber: { next(value: T): void; error(error: unknown): void; complete(): void },
    decode: (message: Message) => T[],
  ): () => void {
    return this.#channel.listen({
      message(message) {
        for (const value of decode(message)) subscriber.next(value);
      },
      error: () => undefined,
      closed(reason) {
        if (reason === undefined) subscriber.complete();
        else subscriber.error(reason);
      },
    });
  }
}
