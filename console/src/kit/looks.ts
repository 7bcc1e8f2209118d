import { type QueryKey, type UseQueryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useIsSent } from './Dialog.tsx';

/**
 * What a dialog shows of its act before it is done. Once that is sent nothing of it is asked again, whatever else makes the
 * page ask anew, and no answer is waited for: it may be done by then, and a look at what is done is refused.
 */
export function useLookBefore<T, K extends QueryKey>(asking: UseQueryOptions<T, Error, T, K>) {
  const isSent = useIsSent();
  const queryClient = useQueryClient();
  const { queryKey } = asking;
  useEffect(() => {
    if (isSent) void queryClient.cancelQueries({ queryKey, exact: true });
  }, [isSent, queryClient, queryKey]);
  return useQuery({ ...asking, enabled: !isSent });
}
