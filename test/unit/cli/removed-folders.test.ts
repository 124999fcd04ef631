import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { isRemoved, removedFolder } from '../../../src/cli/removed-folders.ts';

describe('a folder of the host that is mounted', () => {
  let base = '';
  const [source, mounted, other] = ['source', 'mounted', 'other'];
  const path = (name = ''): string => join(base, name);

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'removed-'));
    for (const name of [source, mounted, other]) await mkdir(path(name));
    await execa('mount', ['--bind', path(source), path(mounted)]);
  });
  afterEach(async () => {
    await execa('umount', [path(mounted)]);
    await rm(base, { recursive: true });
  });

  it('is known to be removed, even when there is another of its name again', async () => {
    const ended = new AbortController();
    const removed = removedFolder([path(other), path('nowhere'), path(mounted)], ended.signal);
    expect(isRemoved(path(mounted))).to.equal(false);
    await rm(path(source), { recursive: true });
    await mkdir(path(source));
    expect(await removed).to.equal(path(mounted));
    expect(isRemoved(path(source))).to.equal(false);
    ended.abort();
  });

  it('is not when what is in it is', async () => {
    await mkdir(path('source/inside'));
    await rm(path('source/inside'), { recursive: true });
    await rm(path(other), { recursive: true });
    expect([path(source), path(mounted), path(other)].map(isRemoved)).to.deep.equal([false, false, false]);
  });
});
