import { Link } from '@tanstack/react-router';
import { goElsewhere } from '../api/guests.ts';
import { toastProblem } from '../kit/toasts.tsx';

/** To a tenant of the caller's; one of another region lets the browser in on the word of this one. */
export function TenantLink({ id, baseUrl, name }: { id: string; baseUrl: string | undefined; name: string }) {
  if (baseUrl && new URL(baseUrl).origin !== location.origin)
    return (
      <button type="button" className="link-button" onClick={() => void goElsewhere(id).catch(toastProblem)}>
        {name}
      </button>
    );
  return (
    <Link to="/t/$tenantId" params={{ tenantId: id }}>
      {name}
    </Link>
  );
}
