import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { createLogger } from '../../../src/cli/log.ts';

describe('the log', () => {
  const lines = async (format: 'json' | 'pretty' | 'auto', level: 'info' | 'silent' = 'info'): Promise<string[]> => {
    const destination = new PassThrough({ encoding: 'utf8' });
    const log = await createLogger({ level, format, destination });
    log.info({ port: 'vnet0' }, 'installed');
    log.debug('below the level');
    const written: unknown = destination.read();
    return typeof written === 'string' ? written.trimEnd().split('\n') : [];
  };

  it('is one JSON object a line, written before the call returns', async () => {
    const [line = '', ...others] = await lines('json');
    expect(others).to.deep.equal([]);
    const entry: unknown = JSON.parse(line);
    expect(entry).to.include({ level: 30, port: 'vnet0', msg: 'installed' });
    expect(entry)
      .to.have.property('time')
      .that.matches(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(entry).not.to.have.any.keys('pid', 'hostname');
  });

  it('is for people when pretty, and without colour where there is no terminal', async () => {
    const [first, ...others] = await lines('pretty');
    expect(first).to.match(/^\[[\d:.]+\] INFO: installed$/);
    expect(others).to.deep.equal([]);
  });

  it('says nothing at level silent', async () => {
    expect(await lines('json', 'silent')).to.deep.equal([]);
  });
});
