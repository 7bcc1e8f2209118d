import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { isOwnPath } from '../../addresses.ts';
import { type SignedIn, signIn } from '../../api/sign-in.ts';

/** What a person typed, or is still asked for, goes from door to door in the history's state: never in an address. */
declare module '@tanstack/react-router' {
  interface HistoryState {
    email?: string;
  }
}

/** Where a person wanted to go before signing in; only a page of the console. */
export function useNext(): string | undefined {
  const { next } = useSearch({ strict: false }) as { next?: string };
  return isOwnPath(next) ? next : undefined;
}

/** Goes on after a proof: inside with a session, or to the step that is asked beside it. */
export function useArrive() {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const next = useNext();
  return async ({ asks }: Pick<SignedIn, 'asks'>) => {
    if (asks?.length) return navigate({ to: '/sign-in/finish', search: next ? { next } : {}, ignoreBlocker: true });
    queryClient.clear();
    return navigate({ to: (next ?? '/') as never, replace: true, ignoreBlocker: true });
  };
}

/** Signs in who has just set a password, and goes inside; to the sign-in page when that does not work. */
export function useEnter() {
  const navigate = useNavigate();
  const arrive = useArrive();
  return async (who: { email: string; password: string; tenantId: string }) => {
    const done = await signIn(who).catch(() => undefined);
    if (done && !done.choices) return arrive(done);
    return navigate({ to: '/sign-in', replace: true, ignoreBlocker: true });
  };
}
