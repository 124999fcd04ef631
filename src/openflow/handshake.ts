import { Reader } from './bytes.ts';
import type { Channel } from './channel.ts';
import { deadline } from '../base/deadline.ts';
import { decodeDescription, type Description } from './description.ts';
import { ConnectionLost, RequestTimeout, type SwitchError, VersionRefused } from './errors.ts';
import { encodeHello, offeredVersions } from './hello.ts';
import { type Message, MessageType } from './message.ts';
import { encodeMultipart, MultipartCollector, MultipartType } from './multipart.ts';
import { bridgeName } from './remote.ts';

/** What the switch says of itself (OpenFlow 1.5 section 7.3.1). */
export interface Features {
  /** 64 bits; the low 48 are usually the bridge's MAC address. */
  readonly datapathId: bigint;
  /** How many flow tables it has; 254 in Open vSwitch. */
  readonly tables: number;
}

/**
 * Agrees on the highest version both sides have, and fixes it on the channel. Rejects with {@link VersionRefused},
 * {@link ConnectionLost}, ProtocolError or {@link RequestTimeout}.
 */
export function negotiateVersion<V extends number>(
  channel: Channel,
  remote: string,
  versions: readonly V[],
  timeoutMs: number,
): Promise<V> {
  return new Promise((resolve, reject) => {
    let stop: () => void = () => undefined;
    const cancel = deadline(timeoutMs, () => {
      channel.fail(new RequestTimeout(`${remote} sent no OFPT_HELLO within ${timeoutMs} ms`));
    });
    const settle = (finish: () => void): void => {
      cancel();
      stop();
      finish();
    };
    stop = channel.listen({
      message(hello: Message) {
        if (hello.type !== MessageType.HELLO) return;
        const offered = offeredVersions(hello);
        const version = [...versions].sort((a, b) => b - a).find((candidate) => offered.includes(candidate));
        settle(() => {
          if (version === undefined) {
            reject(refused(remote, versions, offered));
            return;
          }
          channel.negotiate(version);
          resolve(version);
        });
      },
      error(_xid: number, error: SwitchError) {
        settle(() => {
          reject(error);
        });
      },
      closed(reason) {
        settle(() => {
          reject(reason ?? new ConnectionLost(`${remote}: the connection was closed on this side`));
        });
      },
    });
    channel.version = Math.max(...versions);
    channel.send(MessageType.HELLO, channel.xid(), encodeHello(versions));
  });
}

export function readFeatures(channel: Channel, timeoutMs: number): Promise<Features> {
  return channel.request(
    'OFPT_FEATURES_REQUEST',
    MessageType.FEATURES_REQUEST,
    Buffer.alloc(0),
    timeoutMs,
    (message) => {
      if (message.type !== MessageType.FEATURES_REPLY) return undefined;
      const reader = new Reader(message.body, 'features reply');
      const datapathId = reader.u64();
      return { datapathId, tables: reader.skip(4).u8() };
    },
  );
}

/** What the switch says it is. Rejects as a request does (see {@link Channel.request}). */
export function readDescription(channel: Channel, timeoutMs: number): Promise<Description> {
  const collector = new MultipartCollector(MultipartType.DESC, (body) => [decodeDescription(body)], 1);
  const request = encodeMultipart(MultipartType.DESC, Buffer.alloc(0));
  return channel.request('OFPMP_DESC', MessageType.MULTIPART_REQUEST, request, timeoutMs, (message) =>
    message.type === MessageType.MULTIPART_REPLY ? collector.accept(message.body)?.[0] : undefined,
  );
}

function refused(remote: string, versions: readonly number[], offered: readonly number[]): VersionRefused {
  const wanted = [...versions].sort((a, b) => a - b);
  const numbers = (list: readonly number[]): string => list.map((version) => `1.${version - 1}`).join(' or ');
  const bridge = bridgeName(remote) ?? 'BR';
  const protocols = [...offered, ...wanted].map((version) => `OpenFlow1${version - 1}`).join(',');
  return new VersionRefused(
    `bridge ${bridge} at ${remote} speaks OpenFlow ${numbers(offered) || 'of no known version'}, but ${numbers(wanted)} is needed: ` +
      `its column "protocols" leaves them out; add them with ovs-vsctl set bridge ${bridge} protocols=${protocols}`,
    offered,
  );
}
