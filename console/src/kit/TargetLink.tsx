import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTenantId } from '../shell/where.ts';

/** Kind of object, as notices and audit entries name it, and the path of its page. */
const pages: Record<string, string> = {
  account: 'accounts',
  domain: 'domains',
  group: 'groups',
  'identity-provider': 'identity-providers',
  'provisioning-token': 'provisioning',
  namespace: 'namespaces',
  'service-account': 'integrations',
  key: 'integrations/keys',
  'review-campaign': 'reviews',
  delegation: 'partner-access',
  licence: 'licences',
  'service-account-key': 'integrations/keys',
};

/** Kinds that share one page. */
const sharedPages: Record<string, string> = {
  tenant: 'profile',
  'access-request': 'access-requests',
  'sign-in-policy': 'sign-in-policy',
  guest: 'guests',
  visit: 'visits',
  'guest-invitation': 'guest-invitations',
  'group-import': 'shared-groups',
  'import-key': 'shared-groups',
  'ownership-transfer': 'owners',
  'ownership-recovery': 'owners',
  licences: 'licences',
  subscription: 'licences',
  'billing-profile': 'licences',
};

/** A link to what a notice or an audit entry is about; its words alone where it has no page. */
export function TargetLink({
  kind,
  id,
  children,
}: {
  kind: string | undefined;
  id: string | null | undefined;
  children: ReactNode;
}) {
  const tenantId = useTenantId();
  const shared = kind ? sharedPages[kind] : undefined;
  if (shared) return <Link to={`/t/${tenantId}/${shared}` as never}>{children}</Link>;
  const page = kind ? pages[kind] : undefined;
  return id && page ? <Link to={`/t/${tenantId}/${page}/${id}` as never}>{children}</Link> : children;
}
