import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LibvirtSources } from '../../../src/libvirt/sources.ts';
import { FIXTURES } from '../../unit/libvirt/tree.ts';
import { processorMs } from '../site/process-use.ts';
import type { Task } from '../benchmark.ts';

const FILE_BYTES = 20_000;
/** In milliseconds; as often as the agent looks for what no watch told. */
const RESCAN_MS = 2000;

/** libvirt's status files of running guests: read whole, and looked at again while nothing changes; beside reading the bytes alone. */
export async function xml({ report, effort }: Task): Promise<void> {
  const count = effort.bulk * 50;
  const place = { benchmark: 'protocol' };
  const folder = await mkdtemp(join(tmpdir(), 'pvlan-bench-'));
  const [state, config] = [join(folder, 'state'), join(folder, 'config')];
  const open = (): LibvirtSources =>
    new LibvirtSources({
      ...{ stateDir: state, configDir: config, virsh: false, namespaces: ['urn:x'], rescanMs: RESCAN_MS },
      report: () => undefined,
    });
  try {
    await mkdir(join(state, 'qemu'), { recursive: true });
    await mkdir(join(config, 'qemu'), { recursive: true });
    const status = await readFile(join(FIXTURES, '9.0/running/state/qemu/web1.xml'), 'utf8');
    const names = Array.from({ length: count }, (_, index) => join(state, 'qemu', `vm${index}.xml`));
    for (const [index, name] of names.entries()) await writeFile(name, ofAnother(status, index));
    const [read, bytes]: [number[], number[]] = [[], []];
    for (let turn = 0; turn <= effort.repeats; turn += 1) {
      let start = performance.now();
      const sources = open();
      await sources.ready;
      if (turn > 0) read.push(performance.now() - start);
      await sources.close();
      start = performance.now();
      await Promise.all(names.map((name) => readFile(name)));
      if (turn > 0) bytes.push(performance.now() - start);
    }
    const took = report.note(place, 'libvirt sources', `${count} status files of ${FILE_BYTES / 1000} kB`, read);
    report.note(place, 'their bytes alone', `${count} status files of ${FILE_BYTES / 1000} kB`, bytes);
    report.limit(place, `${count} status files: <= 1 ms each`, took.p50, count);
    report.note(
      place,
      'libvirt sources',
      `${count} status files that do not change, of one processor`,
      await rest(open, effort.seconds),
      '%',
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What sources cost in percent of a processor that have read everything. */
async function rest(open: () => LibvirtSources, seconds: number): Promise<number> {
  const sources = open();
  await sources.ready;
  const [before, start] = [await processorMs(process.pid), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const used = (await processorMs(process.pid)) - before;
  const passed = performance.now() - start;
  await sources.close();
  return (used / passed) * 100;
}

/** The status of another guest, as long as those of guests with some disks are. */
function ofAnother(status: string, index: number): string {
  const number = index.toString(16).padStart(4, '0');
  const own = status
    .replaceAll('8444-5555555555', `8444-${number}555555`)
    .replaceAll('web1', `vm${index}`)
    .replaceAll(
      /52:54:00:([0-9a-f]{2}):[0-9a-f]{2}:[0-9a-f]{2}/g,
      `52:54:00:$1:${number.slice(0, 2)}:${number.slice(2)}`,
    );
  const disk =
    "<disk type='file' device='disk'><source file='/var/lib/libvirt/images/one.qcow2'/><target dev='vdx' bus='virtio'/></disk>\n      ";
  const missing = Math.max(0, Math.ceil((FILE_BYTES - own.length) / disk.length));
  return own.replace('<interface ', `${disk.repeat(missing)}<interface `);
}
