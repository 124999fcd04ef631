/** What the agent tells its owner as it happens. */
export interface AgentLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
