import { mkdir, rename, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ExpectedColumn } from '../ovsdb/expected-columns.ts';
import type { FleetRows } from './read-facts.ts';
import { fleetColumns, type EndpointRow, type PolicyRow, type RouterRow, type VerdictRow } from './rows.generated.ts';

/** Says of what form the file is; one of another form is as good as none. */
const FORM = 1;

/** The rows that were last seen, out of `file`; undefined where there is none that can be read. */
export function loadCache(file: string): FleetRows | undefined {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
  if (!isRecord(json) || json['form'] !== FORM) return undefined;
  return {
    endpoints: rowsOf<EndpointRow>('Endpoint', json['endpoints']),
    routers: rowsOf<RouterRow>('Router', json['routers']),
    policies: rowsOf<PolicyRow>('Policy', json['policies']),
    verdicts: rowsOf<VerdictRow>('Verdict', json['verdicts']),
  };
}

/** Writes them to `file`, whole or not at all. */
export async function saveCache(file: string, rows: FleetRows): Promise<void> {
  const { endpoints, routers, policies, verdicts } = rows;
  const content = {
    form: FORM,
    endpoints: [...endpoints],
    routers: [...routers],
    policies: [...policies],
    verdicts: [...verdicts],
  };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.new`;
  await writeFile(fresh, JSON.stringify(content), { mode: 0o600 });
  await rename(fresh, file);
}

/** Those of the table's form; a file may have been cut, or edited by hand. */
function rowsOf<R>(table: string, json: unknown): readonly Omit<R, '_uuid'>[] {
  const columns = Object.entries(fleetColumns[table] ?? {});
  if (!Array.isArray(json)) return [];
  return json.filter((row): row is R & object => {
    return isRecord(row) && columns.every(([name, column]) => fits(row[name], column));
  });
}

function fits(value: unknown, { type: { key, min, max } }: ExpectedColumn): boolean {
  if (max > 1) return Array.isArray(value) && value.every((one) => typeof one === 'string');
  if (value === undefined) return min === 0;
  return typeof value === (key.type === 'integer' ? 'number' : key.type);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
