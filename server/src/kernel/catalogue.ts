/**
 * Every topic and its permissions, once. Routes, the console's table, OpenAPI, CLI and documentation derive from it.
 * A grant of `<topic>.*` gives the whole topic, also what is added to it later.
 */
const catalogue = {
  tenant: {
    title: 'Tenant',
    permissions: {
      view: 'See the profile',
      change: 'Change names, identifiers, contacts and addresses',
      close: 'Close the tenant and restore it within its grace',
    },
  },
  accounts: {
    title: 'Accounts',
    permissions: {
      view: 'See accounts and their sessions',
      change: 'Invite, change, enable and disable accounts and end their sessions',
      delete: 'Delete accounts',
    },
  },
  groups: {
    title: 'Security groups',
    permissions: {
      view: 'See groups, members and grants',
      change: 'Change groups, members and grants',
      evaluate: 'Ask what others may do, for software that decides by it',
    },
  },
  'identity-providers': {
    title: 'Identity providers',
    permissions: { view: 'See identity providers', change: 'Change identity providers' },
  },
  provisioning: {
    title: 'Provisioning',
    permissions: {
      view: 'See provisioning and its tokens',
      change: 'Pause, resume and revoke tokens',
      issue: 'Issue and rotate tokens',
    },
  },
  namespaces: {
    title: 'Namespaces',
    permissions: {
      view: 'See namespaces',
      change: 'Make, change, delete and restore namespaces',
      'reset-keys': 'Reset agent and service keys',
      approve: 'Approve what others ask for in a protected namespace',
    },
  },
  gateways: { title: 'Gateways', permissions: { view: 'See gateways', change: 'Change gateways' } },
  licences: { title: 'Licences', permissions: { view: 'See licences and usage', change: 'Change licences' } },
  integrations: {
    title: 'Integrations',
    permissions: {
      view: 'See service accounts and event streams',
      change: 'Change service accounts and event streams',
      issue: 'Issue keys of service accounts',
    },
  },
  delegations: {
    title: 'Partner access',
    permissions: { view: 'See partner access', change: 'Approve, narrow and end partner access' },
  },
  audit: { title: 'Audit log', permissions: { view: 'Read the audit log', export: 'Export the audit log' } },
  logging: {
    title: 'Logging',
    permissions: { view: 'Read gateway transactions', change: 'Change retention of gateway transactions' },
  },
} as const satisfies Record<string, { title: string; permissions: Record<string, string> }>;

type Catalogue = typeof catalogue;
export type Topic = keyof Catalogue;
export type Permission = { [T in Topic]: `${T}.${keyof Catalogue[T]['permissions'] & string}` }[Topic];

/** P26, what no partner is ever let do: what owners keep, what shows or makes secrets, how people sign in. */
const keptFromPartners: ReadonlySet<string> = new Set<Permission>([
  'tenant.close',
  'accounts.delete',
  'groups.change',
  'identity-providers.change',
  'provisioning.change',
  'provisioning.issue',
  'namespaces.reset-keys',
  'namespaces.approve',
  'integrations.change',
  'integrations.issue',
  'delegations.view',
  'delegations.change',
]);
export const isDelegable = (permission: string) => !keptFromPartners.has(permission);

/** Permissions that may be granted in one namespace only. */
const namespaced: ReadonlySet<string> = new Set<Topic>(['namespaces', 'gateways', 'logging']);

export const topics = Object.entries(catalogue).map(([name, { title, permissions }]) => ({
  name,
  title,
  namespaced: namespaced.has(name),
  permissions: Object.entries(permissions).map(([action, description]) => ({
    name: `${name}.${action}` as Permission,
    title: description as string,
    isDelegable: isDelegable(`${name}.${action}`),
  })),
}));

export const permissions: readonly Permission[] = topics.flatMap((topic) => topic.permissions.map(({ name }) => name));

const known = new Set<string>(permissions);

export const isPermission = (name: string) => known.has(name);

const grantable = new Set<string>([...permissions, ...topics.map(({ name }) => `${name}.*`)]);

/** Whether a grant may name it: a permission, or a whole topic as `<topic>.*`. */
export const isGrantable = (name: string) => grantable.has(name);

export const isNamespaced = (name: string) => namespaced.has(name.slice(0, name.indexOf('.')));

/** The single permissions that a grant gives. */
export const permissionsOf = (granted: string): readonly Permission[] =>
  granted.endsWith('.*')
    ? permissions.filter((name) => name.startsWith(granted.slice(0, -1)))
    : permissions.filter((name) => name === granted);
