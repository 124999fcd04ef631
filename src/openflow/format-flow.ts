import { type Action, Port, type SubField } from './action.ts';
import type { Flow } from './flow.ts';
import { formatMatch, formatPort, hexNumber } from './format-match.ts';
import { actionField, NXM_NAMES } from './subfield.ts';

/** Priority that `ovs-ofctl` takes for granted. */
const DEFAULT_PRIORITY = 32768;

/**
 * A flow as `ovs-ofctl --no-stats dump-flows` prints it, in OpenFlow 1.4 terms and port numbers: what is zero or
 * default (cookie, table, priority) is left out. `ovs-ofctl add-flow` reads it back, except where it names unknown
 * fields or actions by their bytes.
 */
export function formatFlow(flow: Flow): string {
  const head = [
    ...(flow.cookie === 0n ? [] : [`cookie=0x${flow.cookie.toString(16)}, `]),
    ...(flow.table === 0 ? [] : [`table=${flow.table}, `]),
  ];
  const match = [
    ...(flow.priority === DEFAULT_PRIORITY ? [] : [`priority=${flow.priority}`]),
    ...formatMatch(flow.match),
  ].join(',');
  return `${head.join('')}${match}${match === '' ? '' : ' '}actions=${formatActions(flow)}`;
}

function formatActions(flow: Flow): string {
  const actions = [
    ...flow.actions.map(formatAction),
    ...(flow.unknownInstructions ?? []).map((hex) => `instruction(${hex})`),
    ...(flow.gotoTable === undefined ? [] : [`goto_table:${flow.gotoTable}`]),
  ];
  return actions.length === 0 ? 'drop' : actions.join(',');
}

function formatAction(action: Action): string {
  switch (action.type) {
    case 'output':
      return formatOutput(action.port);
    case 'load':
      return `load:${hexNumber(action.value)}->${formatSubField(action.to)}`;
    case 'move':
      return `move:${formatSubField(action.from)}->${formatSubField(action.to)}`;
    case 'resubmit':
      return `resubmit(${action.inPort ?? ''},${action.table})`;
    case 'pushVlan':
      return `push_vlan:0x${action.ethertype.toString(16).padStart(4, '0')}`;
    case 'popVlan':
      return 'pop_vlan';
    case 'unknown':
      return `action(${action.hex})`;
  }
}

function formatOutput(port: number): string {
  if (port === Port.CONTROLLER) return 'CONTROLLER:65535';
  const name = formatPort(port);
  return name === String(port) ? `output:${name}` : name;
}

function formatSubField(part: SubField): string {
  const { bytes } = actionField(part);
  const name = NXM_NAMES[part.field];
  if (part.bits === bytes * 8) return `${name}[]`;
  const last = part.offset + part.bits - 1;
  return part.bits === 1 ? `${name}[${part.offset}]` : `${name}[${part.offset}..${last}]`;
}
