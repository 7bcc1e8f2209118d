import { count } from './format.ts';

export const namespaceSettingsText = {
  duplicate: 'Duplicate',
  duplicateTitle: (name: string) => `Duplicate ${name}`,
  duplicateText:
    'Makes a namespace with the same settings, and with keys of its own. Keys, certificates of gateways, the signing that needs them, and logs are never copied.',
  withGateways: 'Gateways with their routes and rules',
  withGrants: 'What groups may do in it',

  promote: 'Take over from another namespace',
  promoteLead:
    'What would make this namespace like another one: gateways, routes, rules, and what groups may do. Certificates of gateways and the signing that needs them are never taken over; a gateway that asks its programs for client certificates goes on asking for its own.',
  from: 'Take over from',
  choose: 'Choose a namespace',
  onlyOne: 'There is no other namespace yet. Duplicate this one first.',
  noneSeen: 'There are other namespaces, but none whose gateways you may see.',

  file: 'Settings as a file',
  fileLead: 'JSON with names instead of ids, always in the same order. No keys and no secrets are in it.',
  export: 'Export settings',
  exported: (name: string) => `The settings of ${name} were exported.`,
  import: 'File to import',
  importHelp: 'What it would change is shown first.',
  notJson: 'This file is not JSON. Choose a file that was exported from a namespace.',

  what: 'changes',
  same: 'Nothing differs. There is nothing to take over.',
  partsOnly: (parts: string) => `Only this was compared: ${parts}.`,
  parts: {
    gateways: 'gateways with routes and rules',
    grants: 'what groups may do',
  } as Record<string, string>,
  change: 'Change',
  changes: { add: 'Comes', change: 'Changes', remove: 'Goes' } as Record<string, string>,
  thing: 'What',
  kinds: { service: 'Service', gateway: 'Gateway', route: 'Route', rule: 'Rule', grant: 'Grant' } as Record<
    string,
    string
  >,
  gateway: 'Gateway',
  difference: 'Difference',
  obstacle: 'In the way',
  fields: (n: number) => count(n, 'field', 'fields'),
  fieldNames: {
    name: 'name', prefix: 'prefix', description: 'description', identityProvider: 'identity provider',
    audiences: 'audiences', agentCertificates: 'client certificates of agents', host: 'host', pathPrefix: 'path prefix', methods: 'methods', service: 'service',
    itemFrom: 'item from', item: 'item', items: 'items', upstream: 'upstream', stripsPrefix: 'strips the prefix',
    connectTimeoutMs: 'connect timeout (ms)', responseTimeoutMs: 'response timeout (ms)',
    trustedCertificates: 'trusted certificates', requestHeaders: 'request headers',
    responseHeaders: 'response headers', groups: 'groups', claims: 'claims', permission: 'permission',
    routes: 'routes', rules: 'rules',
  } as Record<string, string>, // biome-ignore format: a table
  to: 'becomes',
  letsInNobody: 'lets in nobody',
  nothing: 'nothing',
  yes: 'yes',
  no: 'no',
  firstOnly: (shown: string, all: string) =>
    `The first ${shown} of ${all} are shown. While every one of these is ticked, all ${all} are taken over.`,
  takeAll: (n: number) => `Take over ${count(n, 'change', 'changes')}`,
  besides: (names: string) => `Taken over too, because others that are ticked need it: ${names}.`,
  noneTicked: 'Tick what is to be taken over.',
  blocked: (n: number) =>
    `${count(n, 'change', 'changes')} of these cannot be made; the last column says why. Tick only the others.`,
  confirmTitle: (n: number, name: string) => `Take over ${count(n, 'change', 'changes')} into ${name}?`,
  confirmText: 'All of them are made at once, or none. What they need comes with them.',
  goes: 'What goes',
  more: (n: number) => `and ${n} more`,
  done: (name: string) => `${name} has the changes.`,
};
