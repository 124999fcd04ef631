import { splitActions, type NamedAction } from './action-list.ts';
import { NotUnderstoodError } from './errors.ts';

/** A frame that leaves the switch. */
export interface Copy {
  /** Where to: a number of the datapath's, or the bond behind a recirculation id. */
  readonly to: { readonly kind: 'port'; readonly number: number } | { readonly kind: 'bond'; readonly id: number };
  /** VLAN ids on it, outermost first. */
  readonly vids: readonly number[];
  /** It differs from the frame that came in by more than its tags. */
  readonly altered: boolean;
}

/** Where the frame that was asked about is from and for. */
export interface Ends {
  readonly src: string;
  readonly dst: string;
}

const UNKNOWN: Ends = { src: '', dst: '' };

interface Frame {
  readonly ends: Ends;
  /** Its destination now. */
  dst: string;
  vids: readonly number[];
  altered: boolean;
  /** It travels inside a tunnel's packet. */
  wrapped: boolean;
}

/** Fields whose change the receiver does not see in the frame. */
const UNSEEN_FIELDS = /^(tunnel|skb_priority|skb_mark|recirc_id|dp_hash)\(/;

/** A list of datapath actions nests a few levels at most: clones in clones. */
const MAX_DEPTH = 16;

/**
 * What leaves the switch by the list of datapath actions `text`, for a frame that came in with tags `vids`. Copies for the sender
 * itself are none: that is how the pipeline has NORMAL learn a sender, and only where it may not learn, as in a trace, are there any.
 * @throws NotUnderstoodError for anything whose effect is not known for certain
 */
export function copiesOf(text: string, vids: readonly number[], ends: Ends = UNKNOWN): readonly Copy[] {
  const copies: Copy[] = [];
  perform(text, { ends, dst: ends.dst, vids, altered: false, wrapped: false }, copies, 0);
  return copies;
}

function perform(text: string, frame: Frame, copies: Copy[], depth: number): void {
  if (depth > MAX_DEPTH) throw new NotUnderstoodError('datapath actions nest too deep', text);
  const actions = splitActions(text);
  for (const [index, action] of actions.entries()) {
    const { name, body } = action;
    if (body === undefined && /^\d+$/.test(name)) {
      send(frame, { kind: 'port', number: portNumber(name) }, copies);
    } else if (name === 'recirc' && actions[index - 1]?.name === 'hash' && /^0x[0-9a-f]{1,8}$/.test(body ?? '')) {
      // A bond is reached this way, but so is a group: the caller knows which ids are bonds'.
      send(frame, { kind: 'bond', id: Number(body) }, copies);
    } else if (name === 'lb_output' && /^\d+$/.test(body ?? '')) {
      send(frame, { kind: 'bond', id: Number(body) }, copies);
    } else if (name === 'clone' && body !== undefined) {
      perform(body, { ...frame }, copies, depth + 1);
    } else if (name === 'sample') {
      refuseDelivery(action, frame, depth);
    } else {
      change(frame, action);
    }
  }
}

function send(frame: Frame, to: Copy['to'], copies: Copy[]): void {
  const { ends, dst, vids } = frame;
  const isForSender = dst === ends.src && ends.dst !== ends.src;
  if (!frame.wrapped && !isForSender) copies.push({ to, vids, altered: frame.altered || dst !== ends.dst });
}

/** Sampling is fine as long as it only tells a collector or the controller. */
function refuseDelivery(action: NamedAction, { ends }: Frame, depth: number): void {
  const inner = /^sample=[\d.]+%,actions\((.*)\)$/s.exec(action.body ?? '')?.[1];
  if (inner === undefined)
    throw new NotUnderstoodError('a datapath action is not understood', `sample(${action.body ?? ''})`);
  const sampled: Copy[] = [];
  perform(inner, { ends, dst: ends.dst, vids: [], altered: false, wrapped: false }, sampled, depth + 1);
  if (sampled.length > 0)
    throw new NotUnderstoodError('a frame is delivered by chance', `sample(${action.body ?? ''})`);
}

function change(frame: Frame, { name, body }: NamedAction): void {
  switch (name) {
    case 'drop':
    case 'userspace':
    case 'meter':
    case 'hash':
    case 'trunc':
      return;
    case 'push_vlan':
      frame.vids = [pushedVid(body), ...frame.vids];
      return;
    case 'pop_vlan':
      if (frame.vids.length === 0) throw new NotUnderstoodError('a tag is taken off that was never put on', name);
      frame.vids = frame.vids.slice(1);
      return;
    case 'set': {
      const dst = /^eth\((?:src=([0-9a-f:]{17}),)?dst=([0-9a-f:]{17})\)$/.exec(body ?? '');
      if (dst?.[2] !== undefined && (dst[1] ?? frame.ends.src) === frame.ends.src) frame.dst = dst[2];
      else frame.altered ||= !UNSEEN_FIELDS.test(body ?? '');
      return;
    }
    case 'tnl_push':
      frame.wrapped = true;
      return;
    default:
      throw new NotUnderstoodError(
        'a datapath action is not understood',
        body === undefined ? name : `${name}(${body})`,
      );
  }
}

function portNumber(text: string): number {
  const number = Number(text);
  if (number > 0xffffffff) throw new NotUnderstoodError('a datapath port number is too large', text);
  return number;
}

function pushedVid(body: string | undefined): number {
  const vid = /^(?:tpid=0x[0-9a-f]{4},)?vid=(\d{1,4}),pcp=[0-7](?:,cfi=[01])?$/.exec(body ?? '')?.[1];
  if (vid === undefined || Number(vid) > 4095) throw new NotUnderstoodError('a tag is not understood', body ?? '');
  return Number(vid);
}
