import { expect } from 'chai';
import { hostConditions } from '../../../src/host/host-conditions.ts';
import type { OpenVSwitchRow } from '../../../src/vswitch/rows.generated.ts';

const root = { other_config: new Map() } as unknown as OpenVSwitchRow;
const synced = { kind: 'synced', remote: 'unix:/x', method: 'monitor', schemaVersion: '8.3.0' } as const;

describe('the alarms of a host', () => {
  it('tell of a database that does not answer, as long as it does not', () => {
    const codes = (answering: boolean): string[] =>
      hostConditions({ root, bridges: new Map(), ports: new Map(), state: { ...synced, answering } }, undefined).map(
        ({ code }) => code,
      );
    expect(codes(true)).to.deep.equal([]);
    expect(codes(false)).to.deep.equal(['database-silent']);
  });
});
