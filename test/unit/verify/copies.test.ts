import { expect } from 'chai';
import fc from 'fast-check';
import { copiesOf } from '../../../src/verify/copies.ts';
import { NotUnderstoodError } from '../../../src/verify/errors.ts';

const port = (number: number, vids: readonly number[] = [], altered = false) => ({
  to: { kind: 'port', number },
  vids,
  altered,
});

describe('datapath actions', () => {
  it('deliver to each port with the tags the frame has by then', () => {
    expect(copiesOf('push_vlan(vid=2102,pcp=0),1,2,pop_vlan,7', [])).to.deep.equal([
      port(1, [2102]),
      port(2, [2102]),
      port(7),
    ]);
    expect(copiesOf('5,pop_vlan,6', [2102])).to.deep.equal([port(5, [2102]), port(6)]);
    expect(copiesOf('push_vlan(tpid=0x88a8,vid=7,pcp=1,cfi=0),3', [9])).to.deep.equal([port(3, [7, 9])]);
  });

  it('deliver nothing where they drop, sample or tell the controller', () => {
    expect(copiesOf('drop', [])).to.deep.equal([]);
    expect(copiesOf('userspace(pid=0,controller(reason=1,max_len=65535))', [])).to.deep.equal([]);
    expect(copiesOf('sample(sample=10.0%,actions(userspace(pid=1,sFlow(vid=0))))', [])).to.deep.equal([]);
  });

  it('tell altered frames from those that only carry other metadata', () => {
    expect(copiesOf('set(eth(dst=02:02:02:02:02:02)),4', [])).to.deep.equal([port(4, [], true)]);
    expect(copiesOf('set(skb_priority(0x1)),set(tunnel(tun_id=0x5,dst=192.0.2.1)),4', [])).to.deep.equal([port(4)]);
  });

  it('are none for the sender itself, which is how NORMAL learns, and the rest is as it was', () => {
    const ends = { src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' };
    const learning = `set(eth(dst=${ends.src})),1,2,set(eth(dst=${ends.dst})),3`;
    expect(copiesOf(learning, [], ends)).to.deep.equal([port(3)]);
    expect(copiesOf(`set(eth(src=${ends.src},dst=${ends.src})),1`, [], ends)).to.deep.equal([]);
    expect(copiesOf(`set(eth(dst=02:00:00:00:00:03)),4`, [], ends)).to.deep.equal([port(4, [], true)]);
    expect(copiesOf(`set(eth(src=${ends.dst},dst=${ends.src})),4`, [], ends)).to.deep.equal([port(4, [], true)]);
  });

  it('undo within a clone what the clone alone does', () => {
    expect(copiesOf('clone(push_vlan(vid=5,pcp=0),set(ipv4(ttl=3)),1),2', [])).to.deep.equal([
      port(1, [5], true),
      port(2),
    ]);
  });

  it('do not deliver the frame itself where it goes into a tunnel', () => {
    const push = 'tnl_push(tnl_port(4),header(size=50,type=4,eth(dst=02:00:00:00:00:09)),out_port(100))';
    expect(copiesOf(`clone(${push},1),2`, [])).to.deep.equal([port(2)]);
  });

  it('reach bonds by recirculation after a hash, and by lb_output', () => {
    expect(copiesOf('hash(hash_l4(0)),recirc(0x3),5', [])).to.deep.equal([
      { to: { kind: 'bond', id: 3 }, vids: [], altered: false },
      port(5),
    ]);
    expect(copiesOf('lb_output(7)', [])).to.deep.equal([{ to: { kind: 'bond', id: 7 }, vids: [], altered: false }]);
  });

  const unknown = [
    ...['', ',', '1,', '(1)', '1)', 'clone(1', 'g1', '-1', '99999999999', 'recirc(0x2)', 'ct(commit),recirc(0x2)'],
    ...[
      'pop_vlan,1',
      'push_vlan(vid=5000,pcp=0),1',
      'push_vlan(vid=a,pcp=0)',
      'push_mpls(label=1),1',
      'clone',
      'sample(x)',
    ],
    ...[
      'sample(sample=50.0%,actions(3))',
      'check_pkt_len(size=200,gt(4),le(5))',
      'dec_ttl(le_1(drop))',
      '1 ,2',
      'Drop',
    ],
    ...[
      '***4 leftover bytes*** (00000000)',
      'hash(l4(0)),recirc(-1)',
      'hash(l4(0)),1,recirc(0x1)',
      `${'clone('.repeat(40)}1${')'.repeat(40)}`,
    ],
  ];
  for (const text of unknown) {
    it(`are refused as '${text.slice(0, 40)}'`, () => {
      expect(() => copiesOf(text, [])).to.throw(NotUnderstoodError);
    });
  }

  it('are understood or refused, whatever the text', () => {
    const words = fc.constantFrom(
      '1',
      'drop',
      'clone',
      '(',
      ')',
      ',',
      'pop_vlan',
      'recirc',
      'hash',
      'set',
      '0x1',
      '\n',
      'é',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            copiesOf(text, []);
          } catch (error) {
            expect(error).to.be.instanceOf(NotUnderstoodError);
          }
        },
      ),
    );
  });
});
