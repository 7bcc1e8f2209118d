import { useQuery } from '@tanstack/react-query';
import { everyGuest } from '../api/guests.ts';
import { useHolds, useTenantId } from '../shell/where.ts';

/** Their names are at home: all are read, and looked through here. */
export function useGuestsCalled(q: string) {
  const wanted = q.toLowerCase();
  return useQuery({
    ...everyGuest(useTenantId()),
    select: (all) => all.filter(({ displayName }) => displayName?.toLowerCase().includes(wanted)),
    enabled: useHolds('accounts.view') && q !== '',
    retry: false,
  });
}
