import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { goldenFile } from './golden-file.ts';
import { SITUATIONS } from './situations.ts';
import { tableText } from './table-text.ts';

// Writes every golden table anew: `npm run golden`, then read what `git diff` says of the pipeline.
for (const situation of SITUATIONS) {
  const file = goldenFile(situation.name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, tableText(situation));
}
