/**
 * Runs `work` one at a time. INVARIANTS: at most one run is under way; a request during a run causes exactly one more run
 * after it, however many requests came; after `stop` no run starts. A run that fails is tried again after `retryMs`.
 */
export class SingleFlight {
  readonly #work: () => Promise<void>;
  readonly #onError: (error: unknown) => void;
  readonly #retryMs: number;
  #running: Promise<void> | undefined;
  /** Set from before the work begins, which may ask for more at once. */
  #isRunning = false;
  #again = false;
  #stopped = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(work: () => Promise<void>, onError: (error: unknown) => void, retryMs: number) {
    this.#work = work;
    this.#onError = onError;
    this.#retryMs = retryMs;
  }

  get busy(): boolean {
    return this.#isRunning || this.#retry !== undefined;
  }

  request(): void {
    if (this.#stopped) return;
    if (this.#isRunning) {
      this.#again = true;
      return;
    }
    this.#isRunning = true;
    this.#running = this.#loop();
  }

  /** Resolves when the run under way, if any, has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    await this.#running;
  }

  async #loop(): Promise<void> {
    let failed = await this.#run();
    while (this.#wanted()) failed = await this.#run();
    this.#isRunning = false;
    if (failed) this.#scheduleRetry();
  }

  #wanted(): boolean {
    return this.#again && !this.#stopped;
  }

  /** Whether the run failed. */
  async #run(): Promise<boolean> {
    this.#again = false;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    try {
      await this.#work();
      return false;
    } catch (error) {
      this.#onError(error);
      return true;
    }
  }

  #scheduleRetry(): void {
    if (this.#stopped) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.request();
    }, this.#retryMs);
  }
}
