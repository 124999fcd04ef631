import { Reader, Writer } from './bytes.ts';
import { encodeMessage, MessageType, type Version } from './message.ts';

/** OFPBCT_ requests; each reply is the request's number and one. */
export const BundleControl = { OPEN: 0, COMMIT: 4, DISCARD: 6 } as const;

/** OFPBF_ATOMIC and OFPBF_ORDERED; every message of a bundle must repeat them. */
const ATOMIC_ORDERED = 3;

/** Body of an OFPT_BUNDLE_CONTROL (OpenFlow 1.5 section 7.3.9.2). */
export function encodeBundleControl(bundle: number, type: number): Buffer {
  return new Writer().u32(bundle).u16(type).u16(ATOMIC_ORDERED).finish();
}

/** A whole OFPT_BUNDLE_ADD_MESSAGE with an OFPT_FLOW_MOD in it; the xid stands in both, as the standard wants it. */
export function encodeBundleAdd(version: Version, bundle: number, xid: number, flowMod: Uint8Array): Buffer {
  const inner = encodeMessage(version, MessageType.FLOW_MOD, xid, flowMod);
  const body = new Writer().u32(bundle).zeros(2).u16(ATOMIC_ORDERED).bytes(inner);
  return encodeMessage(version, MessageType.BUNDLE_ADD_MESSAGE, xid, body.finish());
}

/** Which control request a reply answers: its `type`, one less than the reply's own. */
export function decodeBundleReply(body: Buffer): { readonly bundle: number; readonly answers: number } {
  const reader = new Reader(body, 'bundle reply');
  return { bundle: reader.u32(), answers: reader.u16() - 1 };
}
