/** One flow that a traced frame met, and what followed from it. */
export interface TraceStep {
  readonly bridge: string;
  readonly table: number;
  /** The flow as ovs-vswitchd prints it, cookie left out; undefined where no flow matched. */
  readonly flow: string | undefined;
  /** 0 for a flow without one. */
  readonly cookie: bigint;
  /** It was visited on the way, and the flow before it went on afterwards. */
  readonly visited: boolean;
  /** Actions and ovs-vswitchd's remarks after it and before the next flow, in their words and order. */
  readonly effects: readonly string[];
  /** Those of its own: where it visits another table, what it does afterwards is among them. */
  readonly own: readonly string[];
}

/** A step, and how far its line is indented: what is indented further is its own. */
interface OpenStep {
  readonly indent: number;
  readonly step: TraceStep & { readonly effects: string[]; readonly own: string[] };
}

/** The bridge that lines of a trace are about, from where it was entered. */
interface Visit {
  readonly bridge: string;
  /** How far the line that names it is indented. */
  readonly indent: number;
  /** How far its lines are indented at least; undefined before the first. */
  from: number | undefined;
  readonly steps: OpenStep[];
}

/** Levels of a trace differ in so many blanks. */
const LEVEL = 4;

/**
 * The flows that an `ofproto/trace` names, in the order they were met (OVS `ofproto/ofproto-dpif-trace.c`,
 * oftrace_node_print_details). For people to read: a line of unknown form is an effect of the flow above it in the same bridge.
 */
export function traceSteps(text: string): readonly TraceStep[] {
  const steps: TraceStep[] = [];
  const visits: Visit[] = [{ bridge: '', indent: 0, from: 0, steps: [] }];
  for (const line of text.split('\n')) {
    const content = line.trim();
    if (content.startsWith('Final flow: ')) break;
    if (content === '' || content.startsWith('Flow: ') || /^-+$/.test(content)) continue;
    const indent = line.search(/\S/);
    const visit = visitOf(visits, indent);
    const entered = /^bridge\("(.*)"\)$/.exec(content)?.[1];
    if (entered !== undefined) {
      visits.push({ bridge: entered, indent, from: undefined, steps: [] });
      continue;
    }
    const met = /^(\d{1,3})\. (.*)$/.exec(content);
    if (met?.[1] === undefined || met[2] === undefined) {
      // After a visit to another table the flow goes on that began it.
      const own = visit.steps.findLast((open) => open.indent < indent) ?? visit.steps.at(-1);
      own?.step.own.push(content);
      visit.steps.at(-1)?.step.effects.push(content);
      continue;
    }
    const cookie = /, cookie (0x[0-9a-f]{1,16})$/.exec(met[2]);
    // Numbers of tables take two places.
    const numberAt = line.indexOf('.') - 2;
    const step = {
      bridge: visit.bridge,
      table: Number(met[1]),
      flow: met[2] === 'No match.' ? undefined : met[2].slice(0, cookie?.index),
      cookie: BigInt(cookie?.[1] ?? 0),
      visited: numberAt - (visit.from ?? 0) >= LEVEL,
      effects: [],
      own: [],
    };
    visit.steps.push({ indent: numberAt, step });
    steps.push(step);
  }
  return steps;
}

/** Which bridge a line is about: behind a patch port another one comes first, and the line may be back in the one before. */
function visitOf(visits: Visit[], indent: number): Visit {
  for (;;) {
    const visit = visits.at(-1);
    if (visit === undefined) throw new RangeError('a trace leaves more bridges than it enters');
    // Where more follows in the bridge before, what is about this one is indented.
    visit.from ??= indent >= visit.indent + LEVEL ? visit.indent + LEVEL : visit.indent;
    if (indent >= visit.from || visits.length === 1) return visit;
    visits.pop();
  }
}
