import type { TenantContext } from './context.ts';

/** Of what will be over people are told so many days before, the last time when it is. */

const DAY_MS = 86_400_000;
const TOLD_DAYS = [30, 7, 1, 0] as const;

/** When they are told next; undefined when they were told all. */
export const nextTelling = ({ now }: TenantContext, expiresAt: Date): Date | undefined =>
  TOLD_DAYS.map((days) => new Date(expiresAt.getTime() - days * DAY_MS)).find((at) => at > now);

/** `in 7 days`, after "is over". */
export function untilThen({ now }: TenantContext, expiresAt: Date): string {
  const days = Math.ceil((expiresAt.getTime() - now.getTime()) / DAY_MS);
  return days > 1 ? `in ${days} days` : days === 1 ? 'within a day' : 'now';
}
