// What others may import. Modules that are not named here are this library's own; .dependency-cruiser.cjs reads this list.
export * from './action.ts';
export * from './connection.ts';
export * from './errors.ts';
export * from './flow.ts';
export * from './flow-counter.ts';
export * from './flow-key.ts';
export * from './flow-monitor.ts';
export * from './format-flow.ts';
export * from './match.ts';
export * from './match-codec.ts';
export * from './match-fields.ts';
export * from './match-overlap.ts';
export * from './port.ts';
export * from './port-config.ts';
export * from './release.ts';
