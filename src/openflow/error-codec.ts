import { Reader } from './bytes.ts';
import { SwitchError } from './errors.ts';
import { errorName, niciraErrorName } from './error-names.ts';
import { NICIRA } from './action-types.ts';

const EXPERIMENTER = 0xffff;

/** The error an OFPT_ERROR carries; `request` says in the message what was refused. */
export function decodeError(body: Buffer, request: string): SwitchError {
  const reader = new Reader(body, 'error message');
  const type = reader.u16();
  const code = reader.u16();
  if (type === EXPERIMENTER && reader.remaining >= 4) {
    const experimenter = reader.u32();
    const known = experimenter === NICIRA ? niciraErrorName(code) : undefined;
    return new SwitchError(type, code, known ?? `experimenter 0x${experimenter.toString(16)} error ${code}`, request);
  }
  return new SwitchError(type, code, errorName(type, code) ?? `error type ${type} code ${code}`, request);
}
