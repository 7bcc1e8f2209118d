/** Tenant states and ways in (design, section 6). One table, tested cell by cell. */

export const tenantStates = ['active', 'read-only', 'suspended', 'closing', 'closed'] as const;
export type TenantState = (typeof tenantStates)[number];

export const doors = [
  'console',
  'api-key',
  'scim',
  'gateway',
  'partner',
  'job',
  'link',
  'identity-provider',
  'operator',
] as const;
export type Door = (typeof doors)[number];

/**
 * - `open`: everything that the caller's rights allow
 * - `read`: reading, looking at what a change would do, and what only takes rights away (ending a session, revoking a credential)
 * - `restore`: reading, looking, and restoring the tenant
 * - `shut`: nothing
 */
export type Passage = 'open' | 'read' | 'restore' | 'shut';

export const passages: Record<TenantState, Record<Door, Passage>> = {
  active: {
    console: 'open',
    'api-key': 'open',
    scim: 'open',
    gateway: 'open',
    partner: 'open',
    job: 'open',
    link: 'open',
    'identity-provider': 'open',
    operator: 'open',
  },
  'read-only': {
    console: 'read',
    'api-key': 'read',
    scim: 'read',
    gateway: 'read',
    partner: 'read',
    job: 'open',
    link: 'open',
    'identity-provider': 'open',
    operator: 'open',
  },
  suspended: {
    console: 'shut',
    'api-key': 'shut',
    scim: 'shut',
    gateway: 'shut',
    partner: 'shut',
    job: 'shut',
    link: 'shut',
    'identity-provider': 'shut',
    operator: 'open',
  },
  closing: {
    console: 'restore',
    'api-key': 'restore',
    scim: 'shut',
    gateway: 'shut',
    partner: 'shut',
    job: 'open',
    link: 'shut',
    'identity-provider': 'open',
    operator: 'open',
  },
  closed: {
    console: 'shut',
    'api-key': 'shut',
    scim: 'shut',
    gateway: 'shut',
    partner: 'shut',
    job: 'open',
    link: 'shut',
    'identity-provider': 'shut',
    operator: 'open',
  },
};
