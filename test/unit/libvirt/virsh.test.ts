import { chmod, copyFile, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { MetadataAnswer, PortgroupAnswer } from '../../../src/libvirt/query.ts';
import type { LibvirtSources, LibvirtSourcesOptions } from '../../../src/libvirt/sources.ts';
import { until } from '../../lab/until.ts';
import { VM } from './moments.ts';
import { brief, FIXTURES, Tree } from './tree.ts';

const OLD = '11111111-2222-4333-8444-555555555512';

describe('virsh, where no folder of libvirt is mounted', () => {
  let tree: Tree;
  let command: string;

  /** A stand-in for virsh that prints what real ones printed. */
  const fake = async (version: string, daemon: string): Promise<void> => {
    await cp(join(FIXTURES, version, 'virsh'), tree.folder, { recursive: true });
    await writeFile(tree.path('version'), `Using library: libvirt ${daemon}\nRunning against daemon: ${daemon}\n`);
    command = tree.path('virsh');
    await copyFile(join(import.meta.dirname, 'fake-virsh.sh'), command);
    await chmod(command, 0o755);
  };
  const open = async (options: Partial<LibvirtSourcesOptions> = {}): Promise<LibvirtSources> =>
    tree.open({ virsh: { uri: 'qemu:///system', command }, ...options });
  const answered = async (sources: LibvirtSources, vmId: string, mac: string): Promise<string> => {
    const ask = (): string | undefined => {
      const answer = sources.resolve({ vmId, mac });
      return answer.kind === 'unknown' && answer.why.startsWith('asking virsh') ? undefined : brief(answer);
    };
    return until('virsh to answer', ask);
  };
  const knows = (sources: LibvirtSources, nic: string): string =>
    brief(sources.resolve({ vmId: VM, mac: `52:54:00:00:00:${nic}` }));
  const metadata = (sources: LibvirtSources): MetadataAnswer =>
    sources.metadata(VM, 'https://example.org/addresses/1', false);
  const asked = async (): Promise<string[]> => (await readFile(tree.path('asked'), 'utf8')).trim().split('\n');
  const dumps = async (): Promise<number> => (await asked()).filter((line) => line.startsWith('dumpxml')).length;

  beforeEach(async () => {
    tree = await Tree.create();
    await fake('9.0', '9.0.0');
  });

  afterEach(async () => {
    await tree.close();
  });

  it('is asked in the background, and the answer is told as a change', async () => {
    const sources = await open();
    expect(sources.available()).to.deep.include({ ok: true });
    const ask = (): PortgroupAnswer => sources.resolve({ vmId: VM, mac: '52:54:00:00:00:01' });
    let told: PortgroupAnswer | undefined;
    const watching = sources.changes$.subscribe(() => (told = ask()));
    expect(ask()).to.deep.equal({ kind: 'unknown', why: `asking virsh for domain ${VM}` });
    await until('the answer to be told', () => told?.kind === 'portgroup');
    expect(told).to.deep.equal({
      kind: 'portgroup',
      portgroup: 'isolated-2102',
      network: 'ovs',
      profile: { id: undefined },
      source: { rung: 'virsh' },
    });
    watching.unsubscribe();
  });

  it('gives the same answers as the files do', async () => {
    const sources = await open();
    const answers = [];
    for (const nic of [1, 2, 3, 4, 5, 6]) answers.push(await answered(sources, VM, `52:54:00:00:00:0${nic}`));
    expect(answers).to.deep.equal([
      'isolated-2102 by virsh',
      'none by network-default',
      'isolated-2102 by network-default',
      'none by virsh',
      'parked-2102 by virsh',
      'community-2102-web by virsh',
    ]);
    const once = ['net-dumpxml --network=ovs', 'net-dumpxml --network=ovsdef'];
    const ofDomain = [`domstate --reason --domain=${VM}`, `dumpxml --domain=${VM}`];
    expect((await asked()).sort()).to.deep.equal([...ofDomain, ...once, 'version --daemon']);
  });

  it('is not asked while the folders are there', async () => {
    await tree.become('9.0/running');
    const sources = await open();
    expect(brief(sources.resolve({ vmId: VM, mac: '52:54:00:00:00:77' }))).to.equal('unknown');
    expect(sources.available()).to.deep.equal({ ok: true, missing: [] });
    expect(await asked().catch(() => 'nothing')).to.equal('nothing');
  });

  it('is not asked for a domain without a uuid, which could be an option', async () => {
    const sources = await open();
    expect(sources.resolve({ vmId: '--help', mac: '52:54:00:00:00:01' }).kind).to.equal('unknown');
    expect(sources.resolve({ interfaceId: 'x' }).kind).to.equal('unknown');
    expect(await asked()).to.deep.equal(['version --daemon']);
  });

  it('that knows no such domain leaves it unknown, and is not asked again for every question', async () => {
    await rm(tree.path('dumpxml.xml'));
    const sources = await open();
    await answered(sources, VM, '52:54:00:00:00:01');
    for (let round = 0; round < 100; round += 1) {
      const answer = sources.resolve({ vmId: VM, mac: '52:54:00:00:00:01' });
      expect(answer).to.deep.equal({ kind: 'unknown', why: `libvirt knows no domain ${VM}` });
    }
    expect(tree.events).to.deep.equal([]);
    expect((await asked()).filter((line) => line.startsWith('dumpxml'))).to.have.length.below(10);
  });

  it('that fails for a domain is reported once, and is asked again until it answers', async () => {
    const sources = await open();
    await writeFile(tree.path('away'), '');
    expect(await answered(sources, VM, '52:54:00:00:00:01')).to.equal('unknown');
    expect(metadata(sources)).to.include({ kind: 'unknown', awaited: false });
    await until('some more questions', async () => (await dumps()) > 3);
    expect(tree.events.map(({ kind }) => kind)).to.deep.equal(['virsh-failed']);
    await rm(tree.path('away'));
    await until('the answer', () => knows(sources, '01') === 'isolated-2102 by virsh');
    expect(metadata(sources)).to.have.property('kind', 'metadata');
  });

  it('is believed on what it said last while it fails, and no more once it knows no such domain', async () => {
    const sources = await open();
    expect(await answered(sources, VM, '52:54:00:00:00:03')).to.equal('isolated-2102 by network-default');
    await writeFile(tree.path('away'), '');
    // A NIC that it does not know makes it ask again.
    expect(knows(sources, '77')).to.equal('unknown');
    await until('the failure', () => tree.events.some(({ kind }) => kind === 'virsh-failed'));
    expect(knows(sources, '01')).to.equal('isolated-2102 by virsh');
    expect(knows(sources, '03')).to.equal('isolated-2102 by network-default');
    expect(metadata(sources)).to.have.property('kind', 'metadata');
    await rm(tree.path('away'));
    await rm(tree.path('dumpxml.xml'));
    await until(
      'the domain to be forgotten',
      () => knows(sources, '77') === 'unknown' && knows(sources, '01') === 'unknown',
    );
  });

  it('is believed on a network while it cannot be asked for that alone', async () => {
    const sources = await open();
    expect(await answered(sources, VM, '52:54:00:00:00:03')).to.equal('isolated-2102 by network-default');
    await rm(tree.path('net-ovsdef.xml'));
    const before = await dumps();
    expect(knows(sources, '77')).to.equal('unknown');
    await until('it to be asked again', async () => (await dumps()) > before + 1);
    expect(knows(sources, '03')).to.equal('isolated-2102 by network-default');
  });

  it('is asked again of its own accord for a NIC that is being hotplugged', async () => {
    const full = await readFile(tree.path('dumpxml.xml'), 'utf8');
    const hotplugged = /<interface(?:(?!<interface)[^])*52:54:00:00:00:06[^]*?<\/interface>/;
    expect(full).to.match(hotplugged);
    await writeFile(tree.path('dumpxml.xml'), full.replace(hotplugged, ''));
    const sources = await open();
    let told = 'unknown';
    const watching = sources.changes$.subscribe(() => (told = knows(sources, '06')));
    expect(await answered(sources, VM, '52:54:00:00:00:01')).to.equal('isolated-2102 by virsh');
    expect(knows(sources, '06')).to.equal('unknown');
    await writeFile(tree.path('dumpxml.xml'), full);
    // Nobody puts the question again but the sources themselves.
    await until('the NIC to be told', () => told === 'community-2102-web by virsh');
    watching.unsubscribe();
  });

  it('is asked until a guest on the move has arrived', async () => {
    await writeFile(tree.path('state'), 'paused (migrating)\n');
    const sources = await open();
    await answered(sources, VM, '52:54:00:00:00:01');
    expect(sources.domains()).to.deep.equal([{ uuid: VM, name: 'web1', state: 'paused', reason: 'migration' }]);
    await writeFile(tree.path('state'), 'running (migrated)\n');
    await until('the guest to run', () => sources.domains()[0]?.state === 'running');
  });

  it('has to answer before the metadata of a domain are known, and is asked for them', async () => {
    const sources = await open();
    expect(metadata(sources)).to.include({ kind: 'unknown', awaited: true });
    await until('the metadata', () => metadata(sources).kind === 'metadata');
    const found = metadata(sources);
    expect(found.kind === 'metadata' ? found.elements.length : 0).to.equal(1);
  });

  it('is given the URI of the configuration, such as that of a split daemon', async () => {
    const uri = 'qemu+unix:///system?socket=/run/libvirt/virtqemud-sock-ro';
    const sources = await open({ virsh: { uri, command } });
    await answered(sources, VM, '52:54:00:00:00:01');
    expect((await readFile(tree.path('uris'), 'utf8')).trim().split('\n')).to.include(uri);
  });

  it('leaves no question due after close', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const sources = await open();
    const before = timers();
    await writeFile(tree.path('away'), '');
    expect(await answered(sources, VM, '52:54:00:00:00:01')).to.equal('unknown');
    await sources.close();
    expect(timers()).to.be.at.most(before);
  });

  it('that cannot tell the network leaves a NIC without portgroup unknown', async () => {
    await rm(tree.path('net-ovs.xml'));
    const sources = await open();
    expect(await answered(sources, VM, '52:54:00:00:00:02')).to.equal('unknown');
    expect(await answered(sources, VM, '52:54:00:00:00:01')).to.equal('isolated-2102 by virsh');
  });

  it('that prints something else is not believed', async () => {
    await writeFile(tree.path('dumpxml.xml'), '<domain><name>');
    expect(await answered(await open(), VM, '52:54:00:00:00:01')).to.equal('unknown');
    expect(tree.events[0]?.kind).to.equal('virsh-failed');
  });

  it('that does not answer is ended with close', async () => {
    await writeFile(tree.path('slow'), '');
    const sources = await open();
    sources.resolve({ vmId: VM, mac: '52:54:00:00:00:01' });
    await until('virsh to be asked', async () => (await dumps()) === 1);
    const start = performance.now();
    await sources.close();
    expect(performance.now() - start).to.be.below(2000);
  });

  it('of libvirt 1.2.2 to 1.2.x is asked for the definition where the live XML names no portgroup', async () => {
    await fake('1.2', '1.2.2');
    const sources = await open();
    expect(await answered(sources, OLD, '52:54:00:00:12:01')).to.equal('isolated-2102 by virsh');
    expect(await answered(sources, OLD, '52:54:00:00:12:02')).to.equal('none by virsh');
  });

  it('of a later libvirt is believed when the live XML names no portgroup', async () => {
    await fake('1.2', '9.0.0');
    expect(await answered(await open(), OLD, '52:54:00:00:12:01')).to.equal('none by virsh');
  });

  it('that is not installed is no source', async () => {
    const sources = await tree.open({ virsh: { command: tree.path('nothing') } });
    expect(sources.available().ok).to.equal(false);
    expect(sources.available().missing).to.include('virsh -r');
    expect(tree.events.map(({ kind }) => kind)).to.deep.equal(['virsh-failed']);
  });
});
