import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { signIn } from '../../api/session.ts';

/** Signs in who has just set a password, and goes inside; to the sign-in page when that does not work. */
export function useEnter() {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  return async (who: { email: string; password: string; tenantId: string }) => {
    const isIn = await signIn(who).then(
      () => true,
      () => false,
    );
    queryClient.clear();
    await navigate({ to: isIn ? '/' : '/sign-in', replace: true, ignoreBlocker: true });
  };
}
