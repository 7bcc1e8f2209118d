import { type QueryKey, type UseQueryOptions, useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';

/** Whether what the dialog is about has been sent. */
export const Sent = createContext(false);

/**
 * What a dialog shows of its act before it is done. Once that is sent nothing of it is asked again, whatever else makes the
 * page ask anew: it may be done by then, and a look at what is done is refused.
 */
export function useLookBefore<T, K extends QueryKey>(asking: UseQueryOptions<T, Error, T, K>) {
  const isSent = useContext(Sent);
  return useQuery({ ...asking, enabled: !isSent });
}
