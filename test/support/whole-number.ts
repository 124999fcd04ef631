/**
 * A whole number of the command line. Ends the process with exit code 2 and one line where `text` is none from `min` to `max`:
 * a run of `NaN` inputs would do nothing and pass.
 */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  process.stderr.write(`${option} takes a whole number from ${min} to ${max}, not '${text}'\n`);
  process.exit(2);
}
