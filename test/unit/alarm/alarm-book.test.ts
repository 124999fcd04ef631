import { expect } from 'chai';
import { AlarmBook } from '../../../src/alarm/alarm-book.ts';
import { condition, type Condition } from '../../../src/alarm/alarm.ts';

const at = (second: number): Date => new Date(1_700_000_000_000 + second * 1000);
const refused = (port: string, why: string): Condition => condition('flows-refused', { bridge: 'br0', port }, why);

describe('an alarm', () => {
  let lines: string[];
  let book: AlarmBook;
  beforeEach(() => {
    lines = [];
    const tell = (_: object, message: string): void => {
      lines.push(message);
    };
    book = new AlarmBook({ info: tell, warn: tell });
  });

  it('is told once when it begins and once when it ends, however often it is looked for', () => {
    for (const second of [0, 1, 2]) book.look([refused('g1', 'full')], at(second));
    expect(lines).to.deep.equal([
      'alarm: bridge br0: full; make room in the table: it is tried again every few seconds',
    ]);
    book.look([], at(3));
    book.look([], at(4));
    expect(lines.slice(1)).to.deep.equal([
      'alarm over: bridge br0: full; make room in the table: it is tried again every few seconds',
    ]);
    expect(book.alarms).to.deep.equal([]);
  });

  it('stands since it began, with the latest message', () => {
    book.look([refused('g1', 'full')], at(0));
    book.look([refused('g1', 'fuller')], at(5));
    expect(book.alarms).to.have.length(1);
    expect(book.alarms[0]).to.include({
      code: 'flows-refused',
      port: 'g1',
      message: 'fuller',
      since: at(0).toISOString(),
    });
    expect(lines).to.have.length(1);
  });

  it('is another one of another port, code, Private VLAN, or thing', () => {
    const found = [
      refused('g1', 'full'),
      refused('g2', 'full'),
      condition('place-taken', { bridge: 'br0', port: 'g1' }, 'taken'),
      condition('place-taken', { bridge: 'br0', pvlan: 2102 }, 'taken'),
      condition('fought-over', { bridge: 'br0', about: 'a' }, 'again'),
      condition('fought-over', { bridge: 'br0', about: 'b' }, 'again'),
    ];
    book.look(found, at(0));
    expect(book.alarms).to.have.length(found.length);
  });
});
