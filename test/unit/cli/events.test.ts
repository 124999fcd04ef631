import { expect } from 'chai';
import { eventText } from '../../../src/cli/events/events.ts';
import { isJournal, withPriority } from '../../../src/cli/log.ts';
import { EventBook } from '../../../src/control/event-book.ts';

describe('the events of an agent', () => {
  const lines: string[] = [];
  const note = (level: string) => (_: object, message: string) => {
    lines.push(`${level} ${message}`);
  };
  const book = () => new EventBook({ info: note('info'), warn: note('warn'), error: note('error') });

  beforeEach(() => {
    lines.length = 0;
  });

  it('are its log lines, by number', () => {
    const events = book();
    events.info({ event: 'agent' }, 'started');
    events.warn({ event: 'alarm', alarm: 'duplicate-mac', bridge: 'br0', port: 'vnet1' }, 'alarm: two of one');
    expect(lines).to.deep.equal(['info started', 'warn alarm: two of one']);
    const { events: found, next } = events.after(1);
    expect(next).to.equal(2);
    expect(found[0]).to.include({ seq: 2, level: 'warning', event: 'alarm', alarm: 'duplicate-mac', port: 'vnet1' });
    expect(events.after(2).events).to.deep.equal([]);
  });

  it('are logged twenty times a minute at most where they come again and again, and kept all', () => {
    const events = book();
    for (let round = 0; round < 50; round += 1) {
      events.warn({ event: 'alarm', alarm: 'fought-over', port: 'vnet1' }, 'alarm: it is fought over');
      events.info({ event: 'alarm-over', alarm: 'fought-over', port: 'vnet1' }, 'alarm over: it is fought over');
    }
    events.info({ event: 'port', port: 'vnet2' }, 'another port');
    expect(lines).to.have.length(21);
    expect(events.after(0).events).to.have.length(101);
  });

  it('are answered 500 at once, and 2,000 are kept', () => {
    const events = book();
    for (let round = 0; round < 2500; round += 1) events.info({}, `line ${round}`);
    const first = events.after(0);
    expect([first.events.length, first.events[0]?.message, first.next]).to.deep.equal([500, 'line 500', 1000]);
  });

  it('are one line each for people, with the name of the guest', () => {
    const text = eventText({
      seq: 1,
      time: '2026-01-02T03:04:05Z',
      level: 'warning',
      event: 'port',
      guest: 'web17',
      message: 'a\nb',
    });
    expect(text).to.match(/^\d\d:04:05 ! web17: a\\u000ab$/);
  });
});

describe('a log that goes to the journal', () => {
  it('has the priority of each line before it', () => {
    const written: string[] = [];
    const stream = withPriority({ write: (text: string) => written.push(text) });
    for (const level of [10, 30, 40, 50, 60]) stream.write(`{"level":${level},"msg":"x"}\n`);
    expect(written.map((line) => line.slice(0, 4))).to.deep.equal(['<7>{', '<6>{', '<4>{', '<3>{', '<2>{']);
  });

  it('is told by device and inode, as systemd names them', () => {
    expect(isJournal(2, undefined)).to.equal(false);
    expect(isJournal(2, '0:0')).to.equal(false);
    expect(isJournal(987, '1:2')).to.equal(false);
  });
});
