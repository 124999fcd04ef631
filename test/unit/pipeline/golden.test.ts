import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'chai';
import { goldenFile } from '../../golden/golden-file.ts';
import { SITUATIONS } from '../../golden/situations.ts';
import { tableText } from '../../golden/table-text.ts';

describe('the golden flow tables', () => {
  for (const situation of SITUATIONS) {
    it(`say what the pipeline makes: ${situation.name} (where that is meant to change: npm run golden)`, () => {
      expect(tableText(situation)).to.equal(readFileSync(goldenFile(situation.name), 'utf8'));
    });
  }

  it('are all of a situation', () => {
    const files = readdirSync(dirname(goldenFile('any')));
    expect(files.sort()).to.deep.equal(SITUATIONS.map(({ name }) => `${name}.txt`).sort());
  });
});
