import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../lab/until.ts';
import { LibvirtSources } from '../../../src/libvirt/sources.ts';
import { VM } from './moments.ts';
import { brief } from './tree.ts';

/**
 * Started by watching.test.ts with rights it cannot take from itself: `<folder> [<port file>]`. With a port file there shall be
 * no inotify watches; the file is then changed.
 */
const [folder = '', portFile] = process.argv.slice(2);
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

if (portFile !== undefined) writeFileSync('/proc/sys/user/max_inotify_watches', '0');
const sources = new LibvirtSources({
  stateDir: join(folder, 'state'),
  configDir: join(folder, 'config'),
  virsh: false,
  rescanMs: 20,
  report: (event) => say(`${event.kind} ${'folder' in event ? event.folder : ''}`),
});
await sources.ready;
const answer = (): string => brief(sources.resolve({ vmId: VM, mac: '52:54:00:00:00:01' }));
say(`answer ${answer()}`);
if (portFile !== undefined) {
  const file = join(folder, portFile);
  writeFileSync(file, readFileSync(file, 'utf8').replace('isolated-2102', 'promisc-2102'));
  await until('the change to be found', () => answer().startsWith('promisc'));
  say(`answer ${answer()}`);
}
await sources.close();
