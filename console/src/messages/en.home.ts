import { count } from './format.ts';

export const homeText = {
  title: 'Home',
  lead: (tenant: string) => `What needs you today in ${tenant}.`,
  setup: 'Set-up steps',
  setupLead: 'In any order. The list leaves when all is done.',
  progress: (done: number, all: number) => `${done} of ${all} done`,
  stepDone: 'Done',
  skip: 'Skip',
  skipped: (n: number) => `${count(n, 'step', 'steps')} skipped.`,
  showSkipped: 'Show skipped steps',
  steps: {
    'identity-provider': {
      title: 'Connect an identity provider',
      text: 'People sign in where they already do.',
      action: 'Add identity provider',
    },
    'provisioning-token': {
      title: 'Create a SCIM token',
      text: 'Your identity provider brings people and groups by itself.',
      action: 'Create token',
    },
    'second-owner': {
      title: 'Invite a second owner',
      text: 'Two owners, so that nobody is locked out.',
      action: 'Invite',
    },
    namespace: {
      title: 'Create a namespace',
      text: 'An environment for gateways, with keys of its own.',
      action: 'Create namespace',
    },
  },
  counts: 'In this tenant',
  tokens: 'Provisioning tokens',
  serviceAccounts: 'Service accounts',
  attention: 'Needs attention',
  nothingExpires: (tokens: boolean, keys: boolean) =>
    tokens && keys
      ? 'Nothing expires within 14 days.'
      : `No ${tokens ? 'provisioning token' : 'key of a service account'} expires within 14 days.`,
  nobodyWaits: 'Nobody waits to be enabled.',
  nobodyAsks: 'Nobody else asks for access.',
  noPartnerAsks: 'No partner asks to be let in, or to act.',
  noChangeWaits: 'No change waits for your approval.',
  nothingRefused: 'No licence refuses anything.',
  unseen: {
    tokens: 'provisioning tokens (needs provisioning.view)',
    keys: 'keys of service accounts (needs integrations.view)',
    waiting: 'accounts that wait to be enabled (needs accounts.change)',
    accessRequests: 'requests for access (needs groups.change)',
    partnerRequests: 'requests of partners (needs delegations.change)',
    changes: 'changes that wait for approval (needs namespaces.approve)',
    licences: 'licences (needs licences.view)',
  },
  noRights: 'You have no rights here yet. They come through security groups: ask an owner to put you into one.',
  unseenText: (what: string[]) => `You cannot see here: ${what.join(', ')}.`,
  waiting: (n: number) => `${count(n, 'account waits', 'accounts wait')} to be enabled`,
  accessRequests: (n: number) => `${count(n, 'request for access waits', 'requests for access wait')} for an answer`,
  partnerRequests: (n: number) =>
    `${count(n, 'request of a partner waits', 'requests of partners wait')} for an answer`,
  activations: (n: number, group: string) =>
    `${count(n, 'use of partner access waits', 'uses of partner access wait')} for approval (${group})`,
  changes: (n: number, namespace: string) => `${count(n, 'change waits', 'changes wait')} for approval in ${namespace}`,
  expiresKind: {
    'provisioning-token': 'Provisioning token',
    'service-account-key': 'Key of a service account',
  } as Record<string, string>,
  expires: 'expires',
  recovery: 'The operator lets somebody in as an owner, unless you stop it:',
};
