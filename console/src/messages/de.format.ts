import type { formatText as english } from './en.format.ts';

export const formatText: typeof english = {
  soon: 'in weniger als einer Minute',
  justNow: 'gerade eben',
};
