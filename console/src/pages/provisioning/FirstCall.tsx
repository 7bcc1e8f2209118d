import { IconCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { Provisioning } from '../../api/types.ts';
import { announce } from '../../kit/live.ts';
import { provisioningText as text } from '../../messages/en.provisioning.ts';
import { isAwaited } from './scim.ts';

/** Waits for the tenant's first call of an identity provider, and turns green when it comes. */
export function FirstCall({ value }: { value: Provisioning }) {
  const [hasWaited, setWaited] = useState(false);
  const isWaiting = isAwaited(value);
  const hasArrived = hasWaited && value.lastCallAt !== null;
  useEffect(() => {
    if (isWaiting) setWaited(true);
    else if (hasArrived) announce(text.arrivedAny);
  }, [isWaiting, hasArrived]);
  if (!isWaiting && !hasArrived) return null;
  return (
    <div className={`first-call${isWaiting ? '' : ' first-call-arrived'}`} role="status">
      <span className="first-call-mark">
        {isWaiting ? <span className="spinner" aria-hidden="true" /> : <IconCheck size={20} aria-hidden="true" />}
      </span>
      <div>
        <strong className="block">{isWaiting ? text.waitingAny : text.arrivedAny}</strong>
        {isWaiting ? <span>{text.waitingAnyText} </span> : null}
        <Link to="." search={{ tab: isWaiting ? 'setup' : 'activity' } as never}>
          {isWaiting ? text.seeGuides : text.seeActivity}
        </Link>
      </div>
    </div>
  );
}
