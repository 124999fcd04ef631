// Mocha's spec reporter, which also writes "<passed> <failed> <skipped>" to the file PVLAN_TEST_TOTALS once all is over.
// A run that crashes or is killed writes nothing, and so cannot be taken for a good one.
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

const { EVENT_RUN_END } = Mocha.Runner.constants;

export default class TotalsReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(process.env.PVLAN_TEST_TOTALS, `${passes} ${failures} ${pending}\n`);
    });
  }
}
