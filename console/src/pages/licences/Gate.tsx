import { Link } from '@tanstack/react-router';
import { Note } from '../../kit/problems.tsx';
import { licenceText as text } from '../../messages/en.licences.ts';
import { useTenantId } from '../../shell/where.ts';

/** Nothing is added from what is offered before somebody said who is billed. */
export const Gate = () => (
  <Note tone="warn" title={text.gateTitle}>
    {text.gate}{' '}
    <Link to="/t/$tenantId/licences" params={{ tenantId: useTenantId() }} search={{ tab: 'billing' }}>
      {text.toBilling}
    </Link>
  </Note>
);
