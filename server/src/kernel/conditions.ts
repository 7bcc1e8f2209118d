/** Of what ends at a time, or never: a membership or a delegation, by whatever name the statement has it. */
export const notOver = (table: string) => `(${table}.ends_at is null or ${table}.ends_at > platform_time())`;

/**
 * What must hold besides a grant for a right to count, each condition once: the decision asks all of them in its
 * statement, an explanation asks each by its name. Over a: accounts, s: service_accounts, c: credentials,
 * n: namespaces, g: groups, m: memberships, d: delegations, v: their activations, t: tenants.
 */
export const conditions = {
  account: { 'account-enabled': `a.status = 'enabled'`, 'account-there': 'a.deleted_at is null' },
  serviceAccount: {
    'service-account-enabled': `s.status = 'enabled'`,
    'service-account-there': 's.deleted_at is null',
  },
  credential: {
    'credential-not-revoked': 'c.revoked_at is null',
    'credential-not-paused': 'c.paused_at is null',
    'credential-not-over':
      '(c.expires_at is null or c.expires_at > platform_time()) and (c.ends_at is null or c.ends_at > platform_time())',
  },
  namespace: { 'namespace-there': 'n.deleted_at is null' },
  membership: { 'membership-current': notOver('m') },
  delegation: {
    'delegation-active': `d.side = 'customer' and d.state = 'active' and d.group_id is not null`,
    'delegation-not-over': notOver('d'),
    'partner-access-not-stopped': 't.partner_access_stopped_at is null',
  },
  activation: { 'activation-approved': `v.state = 'active'`, 'activation-not-over': 'v.ends_at > platform_time()' },
  group: { 'group-enabled': `g.status = 'enabled'` },
} as const;

type Named = Record<string, string>;

export const allOf = (named: Named) => Object.values(named).join(' and ');

/** A column for each, under its name. */
export const eachOf = (...several: Named[]) =>
  several.flatMap((named) => Object.entries(named).map(([name, holds]) => `(${holds}) as "${name}"`)).join(', ');
