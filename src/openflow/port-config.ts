import { Observable, share } from 'rxjs';
import { Channel } from './channel.ts';
import { negotiateVersion } from './handshake.ts';
import { MessageType } from './message.ts';
import {
  decodePortConfigStatus,
  decodePorts,
  encodePortMod,
  encodePortsRequest,
  encodePortStatusOnly,
  type PortConfig,
  type PortConfigStatus,
  type PortMod,
} from './port-config-codec.ts';
import { encodeSetConfig } from './port.ts';
import { openRemote } from './remote.ts';

export { PortConfigBit, type PortConfig, type PortConfigStatus, type PortMod } from './port-config-codec.ts';

const TIMEOUT_MS = 10_000;
const PROBE_INTERVAL_MS = 5_000;
/** No bridge has more ports than OpenFlow 1.0 can number. */
const MAX_PORTS = 0x10000;

/** Types of messages that OpenFlow 1.0 numbers in its own way. */
const Type10 = { VENDOR: 4, PORT_MOD: 15, STATS_REQUEST: 16, STATS_REPLY: 17, BARRIER_REQUEST: 18, BARRIER_REPLY: 19 };

/**
 * A connection in OpenFlow 1.0, for what that version alone can tell a switch of its ports: Open vSwitch takes no OFPPC_NO_FLOOD
 * in a later one (`OFPPC11_ALL` in lib/ofp-port.c). Ends for good with {@link PortConfigConnection.closed}.
 */
export class PortConfigConnection {
  readonly #channel: Channel;
  /** Ports that come, change and go, by anybody else's doing; errors when the connection is lost. */
  readonly status$: Observable<PortConfigStatus>;

  private constructor(channel: Channel) {
    this.#channel = channel;
    this.status$ = this.#status().pipe(share());
  }

  /** @throws VersionRefused where the bridge speaks no OpenFlow 1.0; ConnectFailed, ConnectionLost, RequestTimeout, ProtocolError */
  static async connect(remote: string): Promise<PortConfigConnection> {
    const channel = new Channel(await openRemote(remote, TIMEOUT_MS), remote, PROBE_INTERVAL_MS);
    try {
      await negotiateVersion(channel, remote, [1], TIMEOUT_MS);
    } catch (error) {
      channel.close();
      throw error;
    }
    return new PortConfigConnection(channel);
  }

  /** Settles when the connection has ended: with the error that ended it, or `undefined` after {@link close}. */
  get closed(): Promise<Error | undefined> {
    return this.#channel.closed;
  }

  /** All ports, the bridge's own (LOCAL) among them. */
  ports(): Promise<readonly PortConfig[]> {
    const found: PortConfig[] = [];
    const request = encodePortsRequest();
    return this.#channel.request('OFPST_PORT_DESC', Type10.STATS_REQUEST, request, TIMEOUT_MS, ({ type, body }) => {
      if (type !== Type10.STATS_REPLY) return undefined;
      const { ports, more } = decodePorts(body);
      found.push(...ports);
      return more && found.length <= MAX_PORTS ? undefined : found;
    });
  }

  /** Settles when the switch has done all of `mods`. @throws SwitchError of the first that it refused; the others are done */
  async configure(mods: readonly PortMod[]): Promise<void> {
    const xids = new Set<number>();
    const refusals: Error[] = [];
    const stop = this.#channel.listen({
      message: () => undefined,
      closed: () => undefined,
      error(xid, error) {
        if (xids.has(xid)) refusals.push(error);
      },
    });
    try {
      await this.#channel.together(() => {
        for (const mod of mods) {
          const xid = this.#channel.xid();
          xids.add(xid);
          this.#channel.send(Type10.PORT_MOD, xid, encodePortMod(mod));
        }
        return this.#channel.request('OFPT_BARRIER', Type10.BARRIER_REQUEST, Buffer.alloc(0), TIMEOUT_MS, ({ type }) =>
          type === Type10.BARRIER_REPLY ? true : undefined,
        );
      });
    } finally {
      stop();
    }
    if (refusals[0] !== undefined) throw refusals[0];
  }

  close(): void {
    this.#channel.close();
  }

  #status(): Observable<PortConfigStatus> {
    return new Observable((subscriber) => {
      const stop = this.#channel.listen({
        message({ type, body }) {
          if (type === MessageType.PORT_STATUS) subscriber.next(decodePortConfigStatus(body));
        },
        error: () => undefined,
        closed(reason) {
          if (reason === undefined) subscriber.complete();
          else subscriber.error(reason);
        },
      });
      this.#channel.send(Type10.VENDOR, this.#channel.xid(), encodePortStatusOnly());
      this.#channel.send(MessageType.SET_CONFIG, this.#channel.xid(), encodeSetConfig(0xffff));
      return stop;
    });
  }
}
