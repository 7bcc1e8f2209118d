/** How each list is sorted until somebody chooses: the page shows it so, and the router asks for it ahead of the page. */
export const sorts = {
  accounts: 'displayName',
  groups: 'name',
  identityProviders: 'name',
  domains: 'name',
  provisioning: '-createdAt',
  namespaces: 'name',
  integrations: 'name',
  delegations: '-createdAt',
  licences: 'name',
} as const;
