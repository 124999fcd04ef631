/** One flow that a traced frame met, and what followed from it. */
export interface TraceStep {
  readonly bridge: string;
  readonly table: number;
  /** The flow as ovs-vswitchd prints it, cookie left out; undefined where no flow matched. */
  readonly flow: string | undefined;
  /** 0 for a flow without one. */
  readonly cookie: bigint;
  /** Its actions and ovs-vswitchd's remarks, in their words and order. */
  readonly effects: readonly string[];
}

/**
 * The flows that an `ofproto/trace` names, in the order they were met (OVS `ofproto/ofproto-dpif-trace.c`,
 * oftrace_node_print_details). For people to read: a line of unknown form is an effect of the flow above it.
 */
export function traceSteps(text: string): readonly TraceStep[] {
  const steps: (TraceStep & { effects: string[] })[] = [];
  let bridge = '';
  for (const line of text.split('\n')) {
    const content = line.trim();
    if (content.startsWith('Final flow: ')) break;
    if (content === '' || content.startsWith('Flow: ') || /^-+$/.test(content)) continue;
    const entered = /^bridge\("(.*)"\)$/.exec(content)?.[1];
    if (entered !== undefined) {
      bridge = entered;
      continue;
    }
    const met = /^(\d{1,3})\. (.*)$/.exec(content);
    if (met?.[1] === undefined || met[2] === undefined) {
      steps.at(-1)?.effects.push(content);
      continue;
    }
    const cookie = /, cookie (0x[0-9a-f]{1,16})$/.exec(met[2]);
    steps.push({
      bridge,
      table: Number(met[1]),
      flow: met[2] === 'No match.' ? undefined : met[2].slice(0, cookie?.index),
      cookie: BigInt(cookie?.[1] ?? 0),
      effects: [],
    });
  }
  return steps;
}
