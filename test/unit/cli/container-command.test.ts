import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { printedCommand } from '../../integration/container/run-command.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('the command that runs the container', () => {
  it('is the same in the documentation', async () => {
    const docs = await readFile(join(ROOT, 'docs/operations.md'), 'utf8');
    expect(docs).to.contain(await printedCommand());
  });

  it('is asked for its status, in the documentation, by the program that the image has', async () => {
    const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
    const [, entrypoint = '[]'] = /^ENTRYPOINT (.*)$/m.exec(dockerfile) ?? [];
    const docs = await readFile(join(ROOT, 'docs/operations.md'), 'utf8');
    for (const command of ['plan', 'status', 'verify']) {
      expect(docs).to.contain(`podman exec pvlan-agent ${(JSON.parse(entrypoint) as string[]).join(' ')} ${command}`);
    }
  });
});
