import type { TablerIcon } from '@tabler/icons-react';
import {
  IconAt,
  IconBox,
  IconBuilding,
  IconChecklist,
  IconCrown,
  IconFingerprint,
  IconHandStop,
  IconHeartHandshake,
  IconHelpHexagon,
  IconHistory,
  IconHome,
  IconKey,
  IconLicense,
  IconListDetails,
  IconPlugConnected,
  IconRefreshDot,
  IconRoute,
  IconShieldHalf,
  IconUserShare,
  IconUsers,
} from '@tabler/icons-react';
import { en } from '../messages/en.ts';

export interface SectionLink {
  to:
    | '/t/$tenantId'
    | '/t/$tenantId/accounts'
    | '/t/$tenantId/groups'
    | '/t/$tenantId/guests'
    | '/t/$tenantId/identity-providers'
    | '/t/$tenantId/domains'
    | '/t/$tenantId/sign-in-policy'
    | '/t/$tenantId/provisioning'
    | '/t/$tenantId/namespaces'
    | '/t/$tenantId/gateways'
    | '/t/$tenantId/logging'
    | '/t/$tenantId/integrations'
    | '/t/$tenantId/access'
    | '/t/$tenantId/access-requests'
    | '/t/$tenantId/reviews'
    | '/t/$tenantId/audit'
    | '/t/$tenantId/partner-access'
    | '/t/$tenantId/licences'
    | '/t/$tenantId/profile'
    | '/t/$tenantId/owners';
  label: string;
  icon: TablerIcon;
  /** The letter after g. */
  letter: string;
  view?: string;
  change?: string;
}

/** The side bar: what may be read at all. Sections of later versions are absent until they exist. */
export const sections: { label: string; links: SectionLink[] }[] = [
  { label: '', links: [{ to: '/t/$tenantId', label: en.nav.home, icon: IconHome, letter: 'h' }] },
  {
    label: en.nav.people,
    links: [
      {
        to: '/t/$tenantId/accounts',
        label: en.nav.accounts,
        icon: IconUsers,
        letter: 'a',
        view: 'accounts.view',
        change: 'accounts.change',
      },
      {
        to: '/t/$tenantId/groups',
        label: en.nav.groups,
        icon: IconShieldHalf,
        letter: 's',
        view: 'groups.view',
        change: 'groups.change',
      },
      {
        to: '/t/$tenantId/guests',
        label: en.nav.guests,
        icon: IconUserShare,
        letter: 'u',
        view: 'accounts.view',
        change: 'accounts.change',
      },
    ],
  },
  {
    label: en.nav.signIn,
    links: [
      {
        to: '/t/$tenantId/identity-providers',
        label: en.nav.identityProviders,
        icon: IconFingerprint,
        letter: 'e',
        view: 'identity-providers.view',
        change: 'identity-providers.change',
      },
      {
        to: '/t/$tenantId/provisioning',
        label: en.nav.provisioning,
        icon: IconRefreshDot,
        letter: 'p',
        view: 'provisioning.view',
        change: 'provisioning.change',
      },
      {
        to: '/t/$tenantId/domains',
        label: en.nav.domains,
        icon: IconAt,
        letter: 'd',
        view: 'identity-providers.view',
        change: 'identity-providers.change',
      },
      {
        to: '/t/$tenantId/sign-in-policy',
        label: en.nav.signInPolicy,
        icon: IconKey,
        letter: 'o',
        view: 'identity-providers.view',
        change: 'identity-providers.change',
      },
    ],
  },
  {
    label: en.nav.platform,
    links: [
      {
        to: '/t/$tenantId/namespaces',
        label: en.nav.namespaces,
        icon: IconBox,
        letter: 'n',
        view: 'namespaces.view',
        change: 'namespaces.change',
      },
      {
        to: '/t/$tenantId/gateways',
        label: en.nav.gateways,
        icon: IconRoute,
        letter: 'y',
        view: 'gateways.view',
        change: 'gateways.change',
      },
      {
        to: '/t/$tenantId/logging',
        label: en.nav.logging,
        icon: IconListDetails,
        letter: 'q',
        view: 'logging.view',
        change: 'logging.change',
      },
      {
        to: '/t/$tenantId/integrations',
        label: en.nav.integrations,
        icon: IconPlugConnected,
        letter: 'i',
        view: 'integrations.view',
        change: 'integrations.change',
      },
    ],
  },
  {
    label: en.nav.governance,
    links: [
      { to: '/t/$tenantId/access', label: en.nav.access, icon: IconHelpHexagon, letter: 'x' },
      { to: '/t/$tenantId/access-requests', label: en.nav.accessRequests, icon: IconHandStop, letter: 'j' },
      { to: '/t/$tenantId/reviews', label: en.nav.reviews, icon: IconChecklist, letter: 'v' },
      { to: '/t/$tenantId/audit', label: en.nav.audit, icon: IconHistory, letter: 'l', view: 'audit.view' },
      {
        to: '/t/$tenantId/partner-access',
        label: en.nav.partnerAccess,
        icon: IconHeartHandshake,
        letter: 'r',
        view: 'delegations.view',
        change: 'delegations.change',
      },
      {
        to: '/t/$tenantId/licences',
        label: en.nav.licences,
        icon: IconLicense,
        letter: 'b',
        view: 'licences.view',
        change: 'licences.change',
      },
    ],
  },
  {
    label: en.nav.tenant,
    links: [
      {
        to: '/t/$tenantId/profile',
        label: en.nav.profile,
        icon: IconBuilding,
        letter: 't',
        view: 'tenant.view',
        change: 'tenant.change',
      },
      {
        to: '/t/$tenantId/owners',
        label: en.nav.owners,
        icon: IconCrown,
        letter: 'w',
        view: 'groups.view',
        change: 'groups.change',
      },
    ],
  },
];
