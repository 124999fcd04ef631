import { expect } from 'chai';
import type { Uuid } from '../../../src/ovsdb/value.ts';
import { mutateMap, updateRow } from '../../../src/vswitch/operations.ts';

const uuid = '01234567-89ab-cdef-0123-456789abcdef' as Uuid;
const where = [['_uuid', '==', ['uuid', uuid]]];

describe('an update of a row', () => {
  it('writes each column in the form of its type', () => {
    const columns = { vlan_mode: 'trunk', tag: undefined, trunks: [4095], protected: true, interfaces: [uuid] };
    expect(updateRow('Port', uuid, columns)).to.deep.equal({
      op: 'update',
      table: 'Port',
      where,
      row: {
        vlan_mode: 'trunk',
        tag: ['set', []],
        trunks: ['set', [4095]],
        protected: true,
        interfaces: ['set', [['uuid', uuid]]],
      },
    });
  });
});

describe('a change of a map', () => {
  it('deletes what it sets first, since an insert leaves present keys alone', () => {
    const change = { delete: ['gone'], insert: { set: '1' } };
    expect(mutateMap('Interface', uuid, 'external_ids', change)).to.deep.equal({
      op: 'mutate',
      table: 'Interface',
      where,
      mutations: [
        ['external_ids', 'delete', ['set', ['gone', 'set']]],
        ['external_ids', 'insert', ['map', [['set', '1']]]],
      ],
    });
  });

  it('may be empty', () => {
    expect(mutateMap('Port', uuid, 'other_config', {})).to.deep.include({ mutations: [] });
  });
});
