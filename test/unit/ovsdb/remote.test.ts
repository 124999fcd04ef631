import { expect } from 'chai';
import { RemoteError } from '../../../src/base/remote.ts';
import { formatRemote, parseRemote } from '../../../src/ovsdb/remote.ts';

describe('a remote', () => {
  it('is a unix, TCP or TLS address', () => {
    expect(parseRemote('unix:/run/db.sock')).to.deep.equal({ kind: 'unix', path: '/run/db.sock' });
    expect(parseRemote('tcp:10.0.0.1:6641')).to.deep.equal({ kind: 'tcp', host: '10.0.0.1', port: 6641 });
    expect(parseRemote('ssl:[fe80::1%eth0]:6640')).to.deep.equal({ kind: 'ssl', host: 'fe80::1%eth0', port: 6640 });
    expect(parseRemote('tcp:host')).to.deep.equal({ kind: 'tcp', host: 'host', port: 6640 });
  });

  it('reads back as it was written', () => {
    for (const text of ['unix:/a b', 'tcp:h:1', 'ssl:[::1]:65535'])
      expect(formatRemote(parseRemote(text))).to.equal(text);
  });

  it('says what is wrong with it', () => {
    const cases: [string, string][] = [
      ['/run/db.sock', 'write unix:PATH'],
      ['ptcp:6640', 'write unix:PATH'],
      ['unix:', 'names no socket'],
      [`unix:/${'x'.repeat(107)}`, 'at most 107 bytes'],
      ['tcp:::1:6640', 'in brackets'],
      ['tcp:[host]:1', 'not an IPv6 address'],
      ['tcp:h:0', 'port 0'],
      ['tcp:h:65536', 'port 65536'],
    ];
    for (const [text, why] of cases) expect(() => parseRemote(text), text).to.throw(RemoteError, why);
  });
});
