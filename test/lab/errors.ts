/** A lab that cannot do what a test asked: `code` names the kind, the message says what to do about it. */
export class LabError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'LabError';
    this.code = code;
  }
}
