import { expect } from 'chai';
import fc from 'fast-check';
import { PassThrough } from 'node:stream';
import { formatStatus } from '../../../src/cli/status/status-text.ts';
import { createLogger } from '../../../src/cli/log.ts';
import { printable, printableLine } from '../../../src/cli/printable.ts';
import { STATUS_FORMAT, type AgentStatus } from '../../../src/control/status.ts';

const EVIL = 'vnet0\u001b[2J\r\n9 alarms\u0085\u009b31m\u202egro.live\u{e0001}';
const SAFE = 'vnet0\\u001b[2J\\u000d\\u000a9 alarms\\u0085\\u009b31m\\u202egro.live\\udb40\\udc01';

describe('a name that is printed', () => {
  it('moves no cursor, begins no line and turns nothing around', () => {
    expect(printableLine(EVIL)).to.equal(SAFE);
    expect(printable('a\nb\tc')).to.equal('a\nb\\u0009c');
    expect(printableLine('网络 é 🙂 isolated-2102')).to.equal('网络 é 🙂 isolated-2102');
  });

  it('stays what it is in JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const text = JSON.stringify({ [name]: [name] }, null, 2);
        expect(JSON.parse(printable(text))).to.deep.equal(JSON.parse(text));
      }),
    );
  });

  const port = {
    name: EVIL,
    guest: EVIL,
    domain: EVIL,
    interfaceId: EVIL,
    ofport: 0xfffffffe,
    mac: EVIL,
    state: 'quarantined',
    waitsFor: '',
    outside: false,
    role: undefined,
    pvlan: undefined,
    addresses: [EVIL],
    installedAfterMs: undefined,
    portgroup: EVIL,
    source: EVIL,
    sourceFile: EVIL,
    note: undefined,
    quarantine: { code: 'unresolved', message: EVIL, alarm: true },
    hold: undefined,
  } as const;
  const status = (names: readonly string[]): AgentStatus => ({
    format: STATUS_FORMAT,
    version: '0',
    pid: 1,
    startedAt: '',
    database: { connected: true, detail: EVIL },
    mode: 'active',
    bridges: [
      {
        name: EVIL,
        pvlans: [{ primary: 2102, wireMode: 'single', uplinks: [EVIL], routers: [EVIL], listed: [EVIL] }],
        openflow: 'up',
        error: undefined,
        flows: 0,
        repairs: 0,
        ports: names.map((name) => ({ ...port, name })),
      },
    ],
    alarms: [{ code: 'unresolved', bridge: EVIL, port: EVIL, message: EVIL, remedy: EVIL, since: '' }],
    advice: [],
    settled: true,
  });

  it('forges no line of the status', () => {
    const text = formatStatus(status([EVIL]), true);
    expect(text.split('\n').filter((line) => line.startsWith('9 alarms'))).to.deep.equal([]);
    expect(text.replaceAll('\n', '')).not.to.match(/[\p{Cc}\p{Cf}]/u);
  });

  it('stands where people look for it, and the port of the bridge itself is LOCAL', () => {
    const { bridges, ...rest } = status(['vnet10', 'br0', 'vnet2']);
    const named = bridges.map((bridge) => ({
      ...bridge,
      ports: bridge.ports.map((one) => ({
        ...one,
        guest: undefined,
        quarantine: undefined,
        state: 'released' as const,
      })),
    }));
    const lines = formatStatus({ ...rest, bridges: named }, true).split('\n');
    const found = lines.flatMap((line) => /\b(br0|vnet2|vnet10)\b/.exec(line)?.[1] ?? []);
    expect(found).to.deep.equal(['br0', 'vnet2', 'vnet10']);
    expect(lines.join('\n')).to.contain('LOCAL').and.not.to.contain('4294967294');
  });

  for (const format of ['json', 'pretty'] as const) {
    it(`forges no line of the log: ${format}`, async () => {
      const destination = new PassThrough({ encoding: 'utf8' });
      (await createLogger({ level: 'info', format, destination })).warn({ port: EVIL }, `port ${EVIL} is closed`);
      const written = String(destination.read());
      expect(written.split('\n').filter((line) => line.trim().startsWith('9 alarms'))).to.deep.equal([]);
      expect(written.replaceAll('\n', '')).not.to.match(/[\p{Cc}\p{Cf}]/u);
    });
  }
});
