import { expect } from 'chai';
import { DropBook } from '../../../../src/bridge/drops/drop-book.ts';
import type { Drop } from '../../../../src/bridge/drops/drop.ts';

const HERE = new Set(['vnet1', 'vnet2']);

function drop(packets: number, more: Partial<Drop> = {}): Drop {
  return { place: 'a', cause: 'foreign-mac', pvlan: 2102, port: 'vnet1', packets, ...more };
}

function total(book: DropBook): number | undefined {
  return book.totals[0]?.packets;
}

describe('the book of what was dropped', () => {
  it('adds what a flow counts, and goes on where the flow was installed anew and counts from zero', () => {
    const book = new DropBook();
    const sums = [5, 9, 2, 2, 7].map((packets, index) => {
      book.note([drop(packets)], HERE, index * 1000);
      return total(book);
    });
    expect(sums).to.deep.equal([5, 9, 11, 11, 16]);
  });

  it('keeps the sum of a flow that is gone, and counts the next one in its place whole', () => {
    const book = new DropBook();
    book.note([drop(5)], HERE, 0);
    book.note([], HERE, 1000);
    book.note([drop(6)], HERE, 2000);
    expect(total(book)).to.equal(11);
  });

  it('sums several flows of one cause', () => {
    const book = new DropBook();
    book.note([drop(5), drop(3, { place: 'b', port: 'vnet2' })], HERE, 0);
    expect(total(book)).to.equal(8);
    expect(book.ports.map(({ port, packets }) => [port, packets])).to.deep.equal([
      ['vnet1', 5],
      ['vnet2', 3],
    ]);
  });

  it('forgets a port that is gone, and not what it was refused', () => {
    const book = new DropBook();
    book.note([drop(5)], HERE, 0);
    book.note([], new Set(), 1000);
    expect(book.ports).to.deep.equal([]);
    expect(total(book)).to.equal(5);
  });

  it('tells no rate of one look, nor of two that are close', () => {
    const book = new DropBook();
    book.note([drop(5)], HERE, 0);
    expect(book.knowsRates).to.equal(false);
    book.note([drop(500)], HERE, 1000);
    expect(book.knowsRates).to.equal(false);
    expect(book.ports[0]?.perMinute).to.equal(undefined);
  });

  it('tells frames a minute over the last minute, however often it looks', () => {
    for (const step of [500, 6000, 30_000]) {
      const book = new DropBook();
      for (let at = 0; at <= 180_000; at += step) book.note([drop(at / 100)], HERE, at);
      expect(book.ports[0]?.perMinute, `a look every ${step} ms`).to.equal(600);
    }
  });

  it('falls to a rate of zero when nothing is dropped any more', () => {
    const book = new DropBook();
    book.note([drop(0)], HERE, 0);
    for (let at = 10_000; at <= 150_000; at += 10_000) book.note([drop(100)], HERE, at);
    expect(book.ports[0]?.perMinute).to.equal(0);
  });
});
