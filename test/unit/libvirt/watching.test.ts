import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { execa } from 'execa';
import { until } from '../../lab/until.ts';
import type { LibvirtSources } from '../../../src/libvirt/sources.ts';
import { brief, Tree } from './tree.ts';
import { fixture, portFileOf, STATUS, VM } from './moments.ts';

const ISOLATED = '52:54:00:00:00:01';
const PORT = portFileOf('9.0/running', ISOLATED);
const portText = fixture('9.0/running', PORT).toString();

const ask = (sources: LibvirtSources): string => brief(sources.resolve({ vmId: VM, mac: ISOLATED }));

describe('the index of libvirt files, by watching alone', () => {
  let tree: Tree;

  beforeEach(async () => {
    tree = await Tree.create('9.0/running');
    // Nothing but the port file tells of the NIC, so that each change of it shows.
    await tree.remove('state/qemu/web1.xml');
    await tree.remove('config/qemu/web1.xml');
  });

  afterEach(async () => {
    await tree.close();
  });

  const becomes = async (sources: LibvirtSources, answer: string): Promise<void> => {
    await until(`the answer to be ${answer}, not ${ask(sources)}`, () => ask(sources) === answer, { timeout: 3000 });
  };

  it('sees a file replaced by rename', async () => {
    const sources = await tree.open();
    await tree.put(PORT, portText.replace('isolated-2102', 'promisc-2102'));
    await becomes(sources, 'promisc-2102 by network-port');
  });

  it('sees a file removed, and made again', async () => {
    const sources = await tree.open();
    await tree.remove(PORT);
    await becomes(sources, 'unknown');
    await tree.put(PORT, portText);
    await becomes(sources, 'isolated-2102 by network-port');
  });

  it('sees a file written in place', async () => {
    const sources = await tree.open();
    await writeFile(tree.path(PORT), portText.replace('isolated-2102', 'promisc-2102'));
    await becomes(sources, 'promisc-2102 by network-port');
  });

  it('sees a file replaced by one of the same size', async () => {
    const sources = await tree.open();
    await tree.put(PORT, portText.replace('isolated-2102', 'isolated-9999'));
    await becomes(sources, 'isolated-9999 by network-port');
  });

  it('sees the first port of a network, whose folder does not exist before', async () => {
    await tree.remove('state/network/ovs');
    const sources = await tree.open();
    expect(ask(sources)).to.equal('unknown');
    await tree.put(PORT, portText);
    await becomes(sources, 'isolated-2102 by network-port');
  });

  it('sees libvirt come up after the agent', async () => {
    await tree.remove('state');
    await tree.remove('config');
    const sources = await tree.open();
    expect(sources.available().ok).to.equal(false);
    await tree.become('9.0/running');
    await becomes(sources, 'isolated-2102 by network-port');
    await until('all to be there', () => sources.available().missing.length === 0);
    // The watches are on the right folders now, not on the ancestors.
    await tree.put(PORT, portText.replace('isolated-2102', 'promisc-2102'));
    await becomes(sources, 'promisc-2102 by network-port');
  });

  it('sees its folders removed and made again, twice', async () => {
    const sources = await tree.open();
    for (let round = 0; round < 2; round += 1) {
      await tree.remove('state');
      await becomes(sources, 'unknown');
      await mkdir(tree.path('state'));
      await tree.put('state/network/ovs.xml', fixture('9.0/running/state/network/ovs.xml'));
      await tree.put(PORT, portText);
      await becomes(sources, 'isolated-2102 by network-port');
    }
  });

  it('reads no file that libvirt is still writing', async () => {
    const sources = await tree.open();
    await writeFile(tree.path(`${PORT}.new`), portText.replace('isolated-2102', 'promisc-2102'));
    await tree.put(STATUS, fixture('9.0/running', STATUS));
    await until('the later file to be read', () => sources.domains().length === 1);
    expect(ask(sources)).to.equal('isolated-2102 by network-port');
  });

  it('tells of changes, once for several at a time, and not of rewritten files that say the same', async () => {
    const sources = await tree.open();
    await tree.put(STATUS, fixture('9.0/running', STATUS));
    await until('the status to be read', () => sources.domains().length === 1);
    let changes = 0;
    const watching = sources.changes$.subscribe(() => (changes += 1));
    // Only what the index knows nothing of is different.
    await tree.put(
      STATUS,
      fixture('9.0/running', STATUS)
        .toString()
        .replace(/pid='\d+'/, `pid='1'`),
    );
    const port = portText.replace('isolated-2102', 'promisc-2102');
    await tree.put(PORT, port);
    await becomes(sources, 'promisc-2102 by network-port');
    await until('the change to be told', () => changes > 0);
    expect(changes).to.equal(1);
    watching.unsubscribe();
  });

  it('tells of a guest that is paused, although no NIC changed', async () => {
    await tree.put(STATUS, fixture('9.0/running', STATUS));
    const sources = await tree.open();
    let changes = 0;
    const watching = sources.changes$.subscribe(() => (changes += 1));
    const text = fixture('9.0/running', STATUS).toString();
    await tree.put(STATUS, text.replace(`state='running' reason='booted'`, `state='paused' reason='migration'`));
    await until('the pause to be told', () => changes > 0);
    expect(sources.domains()[0]?.reason).to.equal('migration');
    watching.unsubscribe();
  });

  it('keeps nothing of a file that becomes malformed, and reports it once', async () => {
    const sources = await tree.open({ rescanMs: 20 });
    await tree.put(PORT, portText.slice(0, 300));
    await becomes(sources, 'unknown');
    await until('ten rescans', async () => {
      // Each of them would report again what is reported for each look at the file.
      await tree.put('state/network/ovs2.xml', fixture('9.0/running/state/network/ovs.xml'));
      return true;
    });
    expect(tree.events.map(({ kind }) => kind)).to.deep.equal(['file-refused']);
    expect(tree.events[0]).to.include({ file: tree.path(PORT), code: 'malformed' });
    await tree.put(PORT, portText.slice(0, 301));
    await until('the second report', () => tree.events.length === 2);
    await tree.put(PORT, portText);
    await becomes(sources, 'isolated-2102 by network-port');
  });

  it('refuses what is too large, a folder, a FIFO and a dangling link, and goes on', async () => {
    await tree.put('state/qemu/large.xml', Buffer.alloc(2 * 1024 * 1024, ' '));
    await execa('mkfifo', [tree.path('state/qemu/fifo.xml')]);
    await execa('ln', ['-s', '/nowhere', tree.path('state/qemu/link.xml')]);
    await mkdir(tree.path('state/qemu/folder.xml'));
    const sources = await tree.open();
    expect(ask(sources)).to.equal('isolated-2102 by network-port');
    const refused = tree.events.flatMap((event) => (event.kind === 'file-refused' ? [[event.file, event.code]] : []));
    expect(refused).to.have.deep.members([
      [tree.path('state/qemu/large.xml'), 'too-large'],
      [tree.path('state/qemu/fifo.xml'), 'file-unreadable'],
    ]);
  });

  it('ends with close: nothing is told or read afterwards', async () => {
    const sources = await tree.open();
    let changes = 0;
    let completed = false;
    sources.changes$.subscribe({ next: () => (changes += 1), complete: () => (completed = true) });
    await sources.close();
    await tree.put(PORT, portText.replace('isolated-2102', 'promisc-2102'));
    expect(completed).to.equal(true);
    expect(changes).to.equal(0);
    expect(ask(sources)).to.equal('isolated-2102 by network-port');
  });
});

describe('the index of libvirt files, by rescanning', () => {
  let tree: Tree;

  beforeEach(async () => {
    tree = await Tree.create('9.0/running');
  });

  afterEach(async () => {
    await tree.close();
  });

  it('finds another folder in the place of an ancestor, of which no event tells', async () => {
    const sources = await tree.open({ rescanMs: 20, stateDir: tree.path('above', 'state') });
    await mkdir(tree.path('above'));
    await rename(tree.path('state'), tree.path('above', 'state'));
    await until('the NIC to be known', () => ask(sources) === 'isolated-2102 by network-port');
    await rename(tree.path('above'), tree.path('aside'));
    const moved = PORT.replace('state', 'above/state');
    await tree.put(moved, portText.replace('isolated-2102', 'promisc-2102'));
    await until('the other folder to be read', () => ask(sources) === 'promisc-2102 by network-port');
    // And this one is watched now.
    await tree.put(moved, portText);
    await until('its change to be seen', () => ask(sources) === 'isolated-2102 by network-port');
  });

  it('goes on by polling where the kernel gives no watches, and says so once for each folder', async () => {
    // A user namespace may have a limit of its own, so that nothing else on the machine runs short.
    const child = ['--import', 'tsx', new URL('./polling-child.ts', import.meta.url).pathname, tree.folder, PORT];
    const { stdout } = await execa('unshare', ['--user', '--map-root-user', process.execPath, ...child]);
    const lines = stdout.split('\n');
    expect(lines.filter((line) => line.startsWith('answer'))).to.deep.equal([
      'answer isolated-2102 by network-port',
      'answer promisc-2102 by network-port',
    ]);
    const degraded = lines.filter((line) => line.startsWith('watch-degraded'));
    expect(degraded).to.have.members([
      `watch-degraded ${tree.path('state/network')}`,
      `watch-degraded ${tree.path('state/network/ovs/ports')}`,
      `watch-degraded ${tree.path('state/network/ovsdef/ports')}`,
      ...['qemu', 'lxc', 'libxl'].flatMap((driver) => [
        `watch-degraded ${tree.path('state', driver)}`,
        `watch-degraded ${tree.path('config', driver)}`,
      ]),
      `watch-degraded ${tree.path('config/qemu/networks')}`,
    ]);
  });

  it('treats a folder that it may not list as one that may hold anything', async () => {
    await chmod(tree.path('state/qemu'), 0);
    await tree.remove('state/network/ovs');
    const uid = 65534;
    await execa('chown', ['-R', String(uid), tree.folder]);
    const child = ['--import', 'tsx', new URL('./polling-child.ts', import.meta.url).pathname, tree.folder];
    const { stdout } = await execa('setpriv', [`--reuid=${uid}`, '--clear-groups', process.execPath, ...child]);
    await chmod(tree.path('state/qemu'), 0o700);
    expect(stdout.split('\n')).to.include.members([`folder-unreadable ${tree.path('state/qemu')}`, 'answer unknown']);
  });
});
