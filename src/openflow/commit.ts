import { BundleControl, decodeBundleReply, encodeBundleAdd, encodeBundleControl } from './bundle-codec.ts';
import type { Channel } from './channel.ts';
import { BundleRefused, InvalidFlow, type SwitchError } from './errors.ts';
import type { FlowMod } from './flow.ts';
import { encodeFlowMod } from './flow-mod-codec.ts';
import { formatFlow } from './format-flow.ts';
import { MessageType, type Version } from './message.ts';

/** Bytes gathered before each write: a system call per flow would cost more than the flow. */
const BATCH = 64 * 1024;

interface Refusal {
  readonly index: number;
  readonly reason: SwitchError | InvalidFlow;
}

/**
 * Applies `mods` as one atomic, ordered bundle, or none of them. Nothing is committed before a barrier has shown that
 * every message was taken: OVS leaves a message it refuses out of the bundle and would commit the rest
 * (`ofproto/ofproto.c`, handle_bundle_add).
 *
 * Rejects with {@link BundleRefused} naming the first change at fault, with SwitchError when the bundle itself is
 * refused, and with RequestTimeout or ConnectionLost when the outcome is unknown.
 */
export async function commitBundle(
  channel: Channel,
  version: Version,
  bundle: number,
  mods: readonly FlowMod[],
  timeoutMs: number,
): Promise<void> {
  const first = channel.xid(mods.length);
  const refusals: Refusal[] = [];
  const stop = channel.listen({
    message: () => undefined,
    closed: () => undefined,
    error(xid, reason) {
      const index = xid - first;
      if (index >= 0 && index < mods.length) refusals.push({ index, reason });
    },
  });
  try {
    const control = (what: string, type: number): Promise<true> => sendControl(channel, what, bundle, type, timeoutMs);
    // Sent in one go: each answer waited for is a turn of ovs-vswitchd's main loop, which takes long beside many ports.
    const [opened, taken] = await channel.together(() =>
      Promise.allSettled([
        control('OFPBCT_OPEN_REQUEST', BundleControl.OPEN),
        addAll(channel, version, bundle, first, mods, timeoutMs),
      ]),
    );
    if (taken.status === 'rejected') throw taken.reason;
    const refusal = taken.value ?? refusals[0];
    if (opened.status === 'rejected' || refusal !== undefined) {
      // Open vSwitch opens a bundle for changes that name none (`handle_bundle_add`), so there may be one either way.
      const discarded = control('OFPBCT_DISCARD_REQUEST', BundleControl.DISCARD);
      if (opened.status === 'rejected') {
        await discarded.catch(() => undefined);
        throw opened.reason;
      }
      await discarded;
    }
    if (refusal !== undefined) throw describe(mods, refusal);
    const [committed, done] = await channel.together(() =>
      Promise.allSettled([control('OFPBCT_COMMIT_REQUEST', BundleControl.COMMIT), barrier(channel, timeoutMs)]),
    );
    if (committed.status === 'rejected')
      throw refusals[0] === undefined ? committed.reason : describe(mods, refusals[0]);
    if (done.status === 'rejected') throw done.reason;
  } finally {
    stop();
  }
}

/** Settles when the switch has processed everything sent before. */
export function barrier(channel: Channel, timeoutMs: number): Promise<true> {
  return channel.request('OFPT_BARRIER_REQUEST', MessageType.BARRIER_REQUEST, Buffer.alloc(0), timeoutMs, (message) =>
    message.type === MessageType.BARRIER_REPLY ? true : undefined,
  );
}

/**
 * Sends every change no faster than the switch reads, and a barrier; settles when all were taken or refused. Answers the one
 * that cannot be encoded, if any, and stops there.
 */
async function addAll(
  channel: Channel,
  version: Version,
  bundle: number,
  first: number,
  mods: readonly FlowMod[],
  timeoutMs: number,
): Promise<Refusal | undefined> {
  let batch: Buffer[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (!channel.write(Buffer.concat(batch))) await channel.drained(timeoutMs);
    batch = [];
    size = 0;
  };
  for (const [index, mod] of mods.entries()) {
    let message: Buffer;
    try {
      message = encodeBundleAdd(version, bundle, first + index, encodeFlowMod(mod, version));
    } catch (error) {
      if (!(error instanceof InvalidFlow)) throw error;
      await barrier(channel, timeoutMs);
      return { index, reason: error };
    }
    batch.push(message);
    size += message.length;
    if (size >= BATCH) await flush();
  }
  const sent = flush();
  await Promise.all([sent, barrier(channel, timeoutMs)]);
  return undefined;
}

function sendControl(channel: Channel, what: string, bundle: number, type: number, timeoutMs: number): Promise<true> {
  const body = encodeBundleControl(bundle, type);
  return channel.request(what, MessageType.BUNDLE_CONTROL, body, timeoutMs, (message) => {
    if (message.type !== MessageType.BUNDLE_CONTROL) return undefined;
    const reply = decodeBundleReply(message.body);
    return reply.bundle === bundle && reply.answers === type ? true : undefined;
  });
}

function describe(mods: readonly FlowMod[], { index, reason }: Refusal): Error {
  const mod = mods[index];
  if (mod === undefined) return reason;
  const name = reason instanceof InvalidFlow ? reason.message : reason.errorName;
  const flow = reason instanceof InvalidFlow ? `in table ${mod.flow.table}` : formatFlow(mod.flow);
  const message = `change ${index + 1} of ${mods.length} was refused, so none was applied: ${mod.command} ${flow}: ${name}`;
  return new BundleRefused(index, mod, reason, message);
}
