import { expect } from 'chai';
import type { PortgroupAnswer } from '../../../src/libvirt/query.ts';
import { fixture, STATUS, VM } from './moments.ts';
import { brief, Tree } from './tree.ts';

const DEFINITION = 'config/qemu/web1.xml';

for (const version of ['11.3', '12.8']) {
  describe(`what libvirt ${version} leaves of a NIC of a network after domif-setlink`, () => {
    const moment = `${version}/linked`;
    let tree: Tree;

    beforeEach(async () => {
      tree = await Tree.create(moment);
    });

    afterEach(() => tree.close());

    const of = async (nic: number): Promise<PortgroupAnswer> =>
      (await tree.open()).resolve({ vmId: VM, mac: `52:54:00:00:00:0${nic}` });

    it('is no portgroup in the live status, and the one of its definition', async () => {
      const answer = await of(1);
      expect(brief(answer)).to.equal('none by domain-status');
      expect(answer)
        .to.have.property('defined')
        .that.deep.equals({
          portgroup: 'isolated-2102',
          source: { rung: 'domain', file: tree.path(DEFINITION) },
        });
    });

    it('is the profile that it was given', async () => {
      expect(await of(5)).to.deep.include({ kind: 'none', profile: { id: 'isolated-2102' } });
    });

    it('is nothing that a NIC which always was on a bridge would have', async () => {
      expect(brief(await of(4))).to.equal('none by domain-status');
      expect(await of(4)).to.not.have.property('defined');
    });

    it('is told by domain and address where the definition was written anew, with another interfaceid', async () => {
      const port =
        "<virtualport type='openvswitch'><parameters interfaceid='00000000-2222-4333-8444-000000000000'/></virtualport>";
      const text = fixture(moment, DEFINITION).toString();
      const source = "<source network='ovs' portgroup='isolated-2102'/>";
      await tree.put(DEFINITION, text.replace(source, `${source}${port}`));
      expect(await of(1)).to.have.property('defined');
    });

    it('is no portgroup for good once the definition is gone, too', async () => {
      await tree.remove(DEFINITION);
      expect(brief(await of(1))).to.equal('none by domain-status');
      expect(await of(1)).to.not.have.property('defined');
      expect(fixture(moment, STATUS).toString()).to.not.contain("portgroup='isolated-2102'");
    });
  });
}
