import type { Flow } from '../../src/openflow/flow.ts';
import { formatFlow } from '../../src/openflow/format-flow.ts';
import { Cause, causeOf } from '../../src/pipeline/cause.ts';
import { compiled } from '../support/compiled.ts';
import { portOf, primaryOf } from '../../src/pipeline/cookie.ts';
import { layoutFrom, type Layout } from '../../src/pipeline/layout.ts';
import type { Verdict } from '../../src/pvlan/verdict.ts';
import type { Situation } from './situations.ts';

const LAYOUT = layoutFrom(60, 145);
/** Columns of the match; the actions stand behind it, or below where it is longer. */
const MATCH_WIDTH = 56;

/** The whole flow table of a situation as text for people: table by table, highest priority first, with whom each flow serves. */
export function tableText({ about, verdicts, pvlan, localMacs }: Situation): string {
  const { primary, promiscuousMacs, wire, guards } = pvlan;
  const primaries = [{ primary, promiscuousMacs, localMacs, wire, guards }];
  const flows = compiled({ verdicts, primaries, settled: new Set(verdicts), normalSource: 'none' }, LAYOUT);
  const tables = [...new Set(flows.map(({ table }) => table))].sort((a, b) => a - b);
  return [
    `# ${about}`,
    '#',
    ...verdicts.map((verdict) => `# port ${verdict.port.ofports.join(', ')}: ${describe(verdict)}`),
    `# VLAN ${primary} believes ${promiscuousMacs.join(', ')}${localMacs.length === 0 ? '' : `; here: ${localMacs.join(', ')}`}`,
    `# ${flows.length} flows`,
    ...tables.flatMap((table) => [
      '',
      `table ${table} (${nameOf(table)})`,
      ...flows
        .filter((flow) => flow.table === table)
        .map((flow) => ({ flow, text: lineOf(flow) }))
        .sort((a, b) => b.flow.priority - a.flow.priority || (a.text < b.text ? -1 : 1))
        .map(({ text }) => text),
    ]),
    '',
  ].join('\n');
}

function lineOf(flow: Flow): string {
  const [, match = '', actions = ''] =
    /priority=\d+,?(.*) actions=(.*)$/.exec(formatFlow({ ...flow, cookie: 0n })) ?? [];
  const matched = `  ${String(flow.priority).padStart(5)}  ${match === '' ? 'any' : match}`;
  const gap =
    matched.length < MATCH_WIDTH
      ? ' '.repeat(MATCH_WIDTH - matched.length)
      : `
${' '.repeat(MATCH_WIDTH)}`;
  return `${matched}${gap}${actions}  (${serves(flow.cookie)})`;
}

function serves(cookie: bigint): string {
  const cause = Object.entries(Cause).find(([, one]) => one === causeOf(cookie))?.[0];
  return cause === undefined ? server(cookie) : `${server(cookie)}; counts ${cause.toLowerCase().replaceAll('_', ' ')}`;
}

function server(cookie: bigint): string {
  const port = portOf(cookie);
  if (port !== undefined) return `port ${port}`;
  const primary = primaryOf(cookie);
  return primary === undefined ? 'bridge' : `VLAN ${primary}`;
}

function nameOf(table: number): string {
  const names = Object.entries(LAYOUT).filter((entry): entry is [keyof Layout, number] => entry[1] === table);
  return names[0]?.[0] ?? 'unknown';
}

function describe(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'guest':
      return `${verdict.role.kind}${verdict.role.kind === 'community' ? ` ${verdict.role.community}` : ''}, ${verdict.mac}`;
    case 'promiscuous':
      return `promiscuous on ${verdict.untagged ? 'an access port' : 'a trunk'}, ${verdict.mac ?? 'any address'}`;
    case 'quarantined':
      return `quarantined: ${verdict.quarantine.code}`;
    case 'stranger':
      return 'a guest outside every Private VLAN';
    case 'wire':
      return 'leads to other switches';
  }
}
