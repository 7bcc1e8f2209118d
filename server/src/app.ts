import { access } from './capabilities/access/operations.ts';
import { accessRequests } from './capabilities/access-requests/operations.ts';
import { accessReview } from './capabilities/access-review/operations.ts';
import { accounts } from './capabilities/accounts/operations.ts';
import { agents } from './capabilities/agents/operations.ts';
import { audit } from './capabilities/audit/operations.ts';
import { billingProfile } from './capabilities/billing-profile/operations.ts';
import { changeRequests } from './capabilities/change-requests/operations.ts';
import { delegations } from './capabilities/delegations/operations.ts';
import { deviceSignIn } from './capabilities/device-sign-in/operations.ts';
import { domains } from './capabilities/domains/operations.ts';
import { factors } from './capabilities/factors/operations.ts';
import { gateways } from './capabilities/gateways/operations.ts';
import { groups } from './capabilities/groups/operations.ts';
import { guests } from './capabilities/guests/operations.ts';
import { identityProviders } from './capabilities/identity-providers/operations.ts';
import { imports } from './capabilities/imports/operations.ts';
import { licences } from './capabilities/licences/operations.ts';
import { localSignIn } from './capabilities/local-sign-in/operations.ts';
import { mails } from './capabilities/mails/operations.ts';
import { namespaceSettings } from './capabilities/namespace-settings/operations.ts';
import { namespaces } from './capabilities/namespaces/operations.ts';
import { notices } from './capabilities/notices/operations.ts';
import { overview } from './capabilities/overview/operations.ts';
import { ownership } from './capabilities/ownership/operations.ts';
import { products } from './capabilities/products/operations.ts';
import { provisioning } from './capabilities/provisioning/operations.ts';
import { reviewCampaigns } from './capabilities/review-campaigns/operations.ts';
import { serviceAccounts } from './capabilities/service-accounts/operations.ts';
import { services } from './capabilities/services/operations.ts';
import { sessions } from './capabilities/sessions/operations.ts';
import { signInPolicy } from './capabilities/sign-in-policy/operations.ts';
import { singleSignOn } from './capabilities/single-sign-on/operations.ts';
import { tasks } from './capabilities/tasks/operations.ts';
import { tenants } from './capabilities/tenants/operations.ts';
import { transactions } from './capabilities/transactions/operations.ts';
import { visits } from './capabilities/visits/operations.ts';
import type { Capability } from './kernel/capability.ts';
import { authzen } from './protocols/authzen/operations.ts';
import { oidc } from './protocols/oidc/operations.ts';
import { saml } from './protocols/saml/operations.ts';
import { scim, scimPreview } from './protocols/scim/operations.ts';

/** What the product is made of: capabilities and protocols. Read this first. */
export const capabilities: Capability[] = [
  tenants,
  accounts,
  sessions,
  factors,
  localSignIn,
  deviceSignIn,
  domains,
  singleSignOn,
  signInPolicy,
  groups,
  guests,
  delegations,
  imports,
  visits,
  access,
  accessRequests,
  accessReview,
  reviewCampaigns,
  ownership,
  mails,
  tasks,
  overview,
  notices,
  audit,
  serviceAccounts,
  namespaces,
  namespaceSettings,
  changeRequests,
  services,
  gateways,
  agents,
  transactions,
  products,
  licences,
  billingProfile,
  provisioning,
  identityProviders,
  authzen,
  oidc,
  saml,
  scim,
  scimPreview,
];
