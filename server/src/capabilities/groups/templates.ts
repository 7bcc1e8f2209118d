import { permissions, topics } from '../../kernel/catalogue.ts';

/** Starting points of groups: what is copied into a group stays that group's own. */
export const templates = [
  {
    name: 'auditor',
    title: 'Auditor',
    description: 'Sees everything and changes nothing.',
    grants: permissions.filter((name) => name.endsWith('.view') || name === 'audit.export'),
  },
  {
    name: 'helpdesk',
    title: 'Helpdesk',
    description: 'Helps people to get in: invites them, changes, enables and disables their accounts.',
    grants: ['accounts.view', 'accounts.change', 'groups.view', 'provisioning.view'],
  },
  {
    name: 'developer',
    title: 'Developer',
    description: 'Works in namespaces and at their gateways.',
    grants: [...topics.filter(({ namespaced }) => namespaced).map(({ name }) => `${name}.*`), 'integrations.view'],
  },
  {
    name: 'security',
    title: 'Security',
    description: 'Decides how people get in and what they hold, and reads the audit log.',
    grants: ['accounts.view', 'accounts.change', 'groups.*', 'identity-providers.*', 'provisioning.*', 'audit.*'],
  },
] as const satisfies { name: string; title: string; description: string; grants: readonly string[] }[];

export const templateNames = templates.map(({ name }) => name);
