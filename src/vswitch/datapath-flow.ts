/** One flow that the datapath keeps at present, as far as it is told by whom and for whom its frames are. */
export interface DatapathFlow {
  /** As `dpctl/dump-flows --names` writes it. */
  readonly inPort: string;
  readonly src: string;
  readonly dst: string;
  /** The outermost VLAN; undefined without a tag. */
  readonly vid: number | undefined;
  readonly packets: number;
}

const LINE = /in_port\(([^)]+)\).*?eth\(src=([0-9a-f:]{17}),dst=([0-9a-f:]{17})\)(.*)$/;

/**
 * Reads the text of `dpctl/dump-flows --names` (OVS lib/odp-util.c). Flows that compare no whole source and destination address are
 * left out, as is whatever else is not understood: the text is for people, and what it tells is advice.
 */
export function readDatapathFlows(text: string): readonly DatapathFlow[] {
  return text.split('\n').flatMap((line) => {
    const [, inPort, src, dst, rest = ''] = LINE.exec(line) ?? [];
    if (inPort === undefined || src === undefined || dst === undefined) return [];
    const vid = /\bvlan\(vid=(\d+)/.exec(rest)?.[1];
    const packets = /\bpackets:(\d+)/.exec(rest)?.[1];
    return [{ inPort, src, dst, vid: vid === undefined ? undefined : Number(vid), packets: Number(packets ?? 0) }];
  });
}
