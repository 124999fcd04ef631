import { Reader } from './bytes.ts';

/** What a switch says of itself (OpenFlow 1.5 section 7.3.5.1, OFPMP_DESC). */
export interface Description {
  readonly manufacturer: string;
  readonly hardware: string;
  /** In Open vSwitch the version of the running ovs-vswitchd (ofproto/ofproto.c, `handle_desc_stats_request`). */
  readonly software: string;
}

const TEXT_LENGTH = 256;

export function decodeDescription(body: Buffer): Description {
  const reader = new Reader(body, 'description');
  return { manufacturer: text(reader), hardware: text(reader), software: text(reader) };
}

function text(reader: Reader): string {
  const bytes = reader.bytes(TEXT_LENGTH);
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? TEXT_LENGTH : end);
}
