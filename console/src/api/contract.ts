export type { components, paths } from './temporary.gen.ts';
