// What others may import. Modules that are not named here are this library's own; .dependency-cruiser.cjs reads this list.
export * from './change.ts';
export * from './column-type.ts';
export * from './connect.ts';
export * from './connect-error.ts';
export * from './errors.ts';
export * from './json-value.ts';
export * from './lock.ts';
export * from './monitor.ts';
export * from './operation.ts';
export * from './remote.ts';
export * from './rpc-channel.ts';
export * from './schema.ts';
export * from './session.ts';
export * from './session-options.ts';
export * from './session-state.ts';
export * from './transact-result.ts';
export * from './value.ts';
