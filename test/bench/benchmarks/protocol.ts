import type { Task } from '../benchmark.ts';
import { codec } from '../protocol/flows.ts';
import { json } from '../protocol/json.ts';
import { rows } from '../protocol/rows.ts';
import { xml } from '../protocol/xml.ts';

/** What the libraries do with bytes, without a switch. */
export async function protocol(task: Task): Promise<void> {
  task.progress('JSON');
  json(task);
  task.progress('OpenFlow');
  codec(task);
  task.progress('many rows');
  await rows(task);
  task.progress("libvirt's files");
  await xml(task);
}
