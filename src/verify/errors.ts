/** ovs-vswitchd said something that is not understood: nothing may be concluded from it. */
export class NotUnderstoodError extends Error {
  readonly code = 'VERIFY_NOT_UNDERSTOOD';

  constructor(what: string, text: string) {
    const excerpt = text.length > 200 ? `${text.slice(0, 200)}…` : text;
    super(`${what}: ${JSON.stringify(excerpt)}`);
    this.name = 'NotUnderstoodError';
  }
}
