export * from './reading.ts';
export * from './trips.ts';
