import { ColumnNode, type OperationNode, type RootOperationNode, TableNode } from 'kysely';

/**
 * Every table, once: whose it is, whether its writes are acts that the audit must show, and where each column's data
 * may lie. A table or column that is missing here fails the build (registry.test.ts), as does one that is here only.
 *
 * - `tenant`: rows of one tenant, under row security
 * - `platform`: no tenant context; ids and keyed fingerprints only, `why` says what for
 * - `directory`: the global database
 *
 * `global` columns may lie in the directory; `regional` ones never leave the region.
 */
interface Table {
  scope: 'tenant' | 'platform' | 'directory';
  writes: 'administrative' | 'operational';
  /** Why it is operational, or needed without tenant context. */
  why?: string;
  regional?: string;
  global?: string;
}

const stamps = 'version created_at created_by updated_at updated_by';

export const cellTables: Record<string, Table> = {
  tenants: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id region',
    regional:
      'name display_name legal_name type status company_id tax_id country phone support_domain support_id partner_tenant_id parent_tenant_id primary_address billing_address namespace_regions account_enabling language closes_at provisioning guard_percent guard_open_until undo_days second_factor session_hours idle_minutes allowed_networks networks_hold_for_provisioning sign_in_label single_sign_on single_sign_on_suspended_at partner_access_stopped_at lends_groups transaction_days has_seat_limit version created_at updated_at updated_by',
  },
  data_keys: {
    scope: 'tenant',
    writes: 'operational',
    why: 'made with the tenant, whose entry tells',
    global: 'tenant_id',
    regional: 'wrapped',
  },
  subject_keys: {
    scope: 'tenant',
    writes: 'operational',
    why: 'made with the entry that it encrypts',
    global: 'tenant_id',
    regional: 'subject_id wrapped',
  },
  principals: { scope: 'tenant', writes: 'administrative', global: 'tenant_id', regional: 'id kind created_at' },
  accounts: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: `id email email_canonical username username_canonical username_folded external_id attributes first_name last_name display_name mobile_phone language status source verified_at last_sign_in_at deleted_at removed_at has_words erased_at ${stamps}`,
  },
  account_emails: { scope: 'tenant', writes: 'administrative', global: 'tenant_id', regional: 'account_id value' },
  account_words: {
    scope: 'tenant',
    writes: 'operational',
    why: 'what a search finds an account by; written with the account, whose entry tells',
    global: 'tenant_id',
    regional: 'account_id word',
  },
  email_changes: {
    scope: 'tenant',
    writes: 'operational',
    why: 'like links, made and consumed by acts that have entries of their own',
    global: 'tenant_id',
    regional: 'id account_id email email_canonical secret_hash created_at created_by expires_at',
  },
  passwords: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: 'account_id hash changed_at stands_alone',
  },
  service_accounts: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: `id name name_canonical description status deleted_at ${stamps}`,
  },
  guests: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id home_tenant_id home_region',
    regional: 'id home_account_id invited_by created_at ended_at recalls stay last_used_at',
  },
  visits: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id visited_tenant_id visited_region',
    regional: 'id account_id created_at stay',
  },
  guest_invitations: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id home_tenant_id',
    regional: 'id secret_hash group_ids created_at created_by expires_at ended_at',
  },
  assertions: {
    scope: 'tenant',
    writes: 'operational',
    why: 'how a guest goes over to another region, within a minute; the acts there have entries',
    global: 'tenant_id visited_tenant_id visited_region',
    regional: 'id secret_hash account_id session_id expires_at consumed_at',
  },
  leases: {
    scope: 'tenant',
    writes: 'operational',
    why: 'leases: who asked when whether a guest is let in',
    global: 'tenant_id visited_tenant_id visited_region',
    regional: 'account_id session_id asked_at group_ids',
  },
  guest_sessions: {
    scope: 'tenant',
    writes: 'operational',
    why: 'opens nothing by itself; home, where the sign-in has its entry, is asked',
    global: 'tenant_id',
    regional: 'id secret_hash guest_id home_session_id created_at expires_at',
  },
  shown_tenants: {
    scope: 'tenant',
    writes: 'operational',
    why: 'follows guests and the names of the tenant that let them in, whose entries tell',
    global: 'tenant_id shown_tenant_id',
    regional: 'account_id name display_name legal_name type created_at',
  },
  delegations: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id other_tenant_id other_region',
    regional:
      'id kind side partner_group_id group_id relation purpose asked_permissions asked_namespaces asked_days permissions needs_activation renews state reason created_at requested_by request_ends_at decided_at decided_by ends_at ended_at ended_by version',
  },
  delegation_activations: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: 'id delegation_id home_account_id reason hours state asked_at decided_at decided_by ends_at version',
  },
  delegation_acts: {
    scope: 'tenant',
    writes: 'operational',
    why: 'stands beside the entry of the act, which tells',
    global: 'tenant_id',
    regional: 'entry_id delegation_id home_account_id action at twin_at',
  },
  import_keys: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id receiving_tenant_id',
    regional: 'id group_id secret_hash created_at created_by expires_at used_at revoked_at',
  },
  groups: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: `id name name_canonical description status source external_id is_owner_group owner_id ${stamps}`,
  },
  memberships: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: 'group_id principal_id added_at added_by ends_at',
  },
  access_requests: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional:
      'id principal_id permission namespace_id reason state group_id ends_at decided_by decided_at decision created_at expires_at',
  },
  change_requests: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional:
      'id namespace_id operation asked_by key_id effects effects_left_out state decided_by decided_at decision created_at expires_at',
  },
  change_request_inputs: {
    scope: 'tenant',
    writes: 'operational',
    why: 'what a change request asks for, sealed, as long as it waits; the request tells',
    global: 'tenant_id',
    regional: 'request_id sealed expires_at',
  },
  review_campaigns: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: `id name scope reviewers reviewer_ids undecided state due_at task_id counts closed_at ends_as ${stamps}`,
  },
  review_groups: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: 'campaign_id group_id name is_owner_group grants delegation_id',
  },
  review_items: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional:
      'id campaign_id group_id principal_id kind path added_at ends_at last_used_at state reason decided_by decided_at note',
  },
  namespaces: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: `id name name_canonical description region protection deleted_at restorable_until ${stamps}`,
  },
  services: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: `id name description items ${stamps}`,
  },
  gateways: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: `id namespace_id name name_canonical prefix description identity_provider_id audiences agent_certificates signing configuration ${stamps}`,
  },
  agents: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: `id gateway_id name state ${stamps}`,
  },
  agent_journals: {
    scope: 'tenant',
    writes: 'operational',
    why: 'how far transactions have been written down',
    global: 'tenant_id',
    regional: 'id namespace_id agent_id last at',
  },
  transactions: {
    scope: 'tenant',
    writes: 'operational',
    why: 'gateway transactions',
    global: 'tenant_id',
    regional:
      'namespace_id at id gateway_id agent_id route_id rule_id service_id method path status reason account_id subject duration_ms bytes_in bytes_out written_by',
  },
  licences: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: `id name source legacy_key issuer file_number key_id issued_at file_ends_at ${stamps}`,
  },
  licence_files: {
    scope: 'tenant',
    writes: 'operational',
    why: 'which files came; written with the licence, whose entry tells',
    global: 'tenant_id',
    regional: 'issuer file_number issued_at hash',
  },
  subscriptions: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: `id licence_id number active_from active_through auto_renew renewal_frequency tiers ${stamps}`,
  },
  licence_namespaces: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: 'namespace_id licence_id',
  },
  billing_profiles: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional:
      'account_type reference currency contact_name contact_email contact_phone purchase_order active_since version updated_at updated_by',
  },
  seat_limits: {
    scope: 'tenant',
    writes: 'operational',
    why: 'follows from licences, whose entries tell',
    global: 'tenant_id',
    regional: 'seats reason',
  },
  seats: {
    scope: 'tenant',
    writes: 'operational',
    why: 'meters; follows from accounts, whose entries tell',
    global: 'tenant_id',
    regional: 'slot free',
  },
  transaction_counts: {
    scope: 'tenant',
    writes: 'operational',
    why: 'meters',
    global: 'tenant_id',
    regional: 'day namespace_id node licence_id count kept left_out',
  },
  usage_days: {
    scope: 'tenant',
    writes: 'operational',
    why: 'meters',
    global: 'tenant_id',
    regional: 'day users peak_users',
  },
  licence_standings: {
    scope: 'tenant',
    writes: 'operational',
    why: 'meters',
    global: 'tenant_id',
    regional: 'licence_id product month amount over_since is_now',
  },
  effect_turns: {
    scope: 'tenant',
    writes: 'operational',
    why: 'is only held, by changes that have entries',
    global: 'tenant_id',
  },
  licence_looks: {
    scope: 'tenant',
    writes: 'operational',
    why: 'which job goes on, and what it found',
    global: 'tenant_id',
    regional: 'id had_terms',
  },
  licence_tellings: {
    scope: 'tenant',
    writes: 'operational',
    why: 'what was told already',
    global: 'tenant_id',
    regional: 'about at',
  },
  licence_refusals: {
    scope: 'tenant',
    writes: 'operational',
    why: 'follows from licences and meters; those concerned are told',
    global: 'tenant_id',
    regional: 'namespace_id reason',
  },
  agent_reports: {
    scope: 'tenant',
    writes: 'operational',
    why: 'how running gateways are; what they carry out, others changed',
    global: 'tenant_id',
    regional:
      'agent_id at state problem program configuration started_at carried refused failed open_requests records_waiting records_dropped records_left_out certificate_fingerprint certificate_expires_at',
  },
  gateway_certificates: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: `id gateway_id source certificate private_key algorithm key_id subject fingerprint starts_at expires_at signs_from retired_at ${stamps}`,
  },
  routes: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: `id gateway_id name host path_prefix methods service_id item_from item upstream strips_prefix connect_timeout_ms response_timeout_ms trusted_certificates request_headers response_headers ${stamps}`,
  },
  rules: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: `id gateway_id service_id item claims ${stamps}`,
  },
  rule_groups: { scope: 'tenant', writes: 'administrative', global: 'tenant_id', regional: 'rule_id group_id' },
  grants: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: 'group_id permission namespace_id granted_at',
  },
  credentials: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: `id kind name principal_id namespace_id secret_hash public_key last_four expires_at ends_at successor_id last_used_at paused_at revoked_at noticed_at ${stamps}`,
  },
  sessions: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional:
      'id account_id secret_hash source_address user_agent created_at last_seen_at expires_at ended_at method identity_provider_id proved_at proved_by second_factor_at',
  },
  factors: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional:
      'id account_id kind name credential_id public_key sign_count transports seed last_step created_at confirmed_at last_used_at version',
  },
  recovery_codes: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: 'account_id code_hash used_at',
  },
  unfinished_sign_ins: {
    scope: 'tenant',
    writes: 'operational',
    why: 'opens nothing; the session that comes of it makes the entry',
    global: 'tenant_id',
    regional: 'id account_id secret_hash method identity_provider_id asks created_at expires_at',
  },
  spent_challenges: {
    scope: 'tenant',
    writes: 'operational',
    why: 'nonces',
    global: 'tenant_id',
    regional: 'challenge_hash expires_at',
  },
  devices: {
    scope: 'tenant',
    writes: 'operational',
    why: 'written with the session, whose entry tells',
    global: 'tenant_id',
    regional: 'account_id secret_hash created_at last_seen_at',
  },
  device_requests: {
    scope: 'tenant',
    writes: 'operational',
    why: 'opens nothing before a person says so, whose act makes the entry',
    global: 'tenant_id',
    regional:
      'id device_code_hash user_code_fingerprint name source_address created_at expires_at asked_at account_id session_id identity_provider_id has_second_factor is_allowed consumed_at',
  },
  registrations: {
    scope: 'tenant',
    writes: 'operational',
    why: 'before there is a tenant; its completion makes the entry',
    global: 'tenant_id',
    regional: 'id email email_canonical full_name mobile_phone created_at completed_at',
  },
  links: {
    scope: 'tenant',
    writes: 'operational',
    why: 'made and consumed by acts that have entries of their own',
    global: 'tenant_id',
    regional:
      'id purpose account_id registration_id secret_hash browser_hash code_hash created_at expires_at consumed_at',
  },
  audit_entries: {
    scope: 'tenant',
    writes: 'operational',
    why: 'they are the entries',
    global: 'tenant_id',
    regional:
      'id at actor_kind actor_id on_behalf_of credential_id door action target_kind target_id target_name outcome changes subject_id personal content_hash request_id source_address transaction_id',
  },
  notices: {
    scope: 'tenant',
    writes: 'operational',
    why: 'tell of acts that have entries',
    global: 'tenant_id',
    regional: 'id kind audience account_id target_kind target_id text names created_at',
  },
  notice_reads: {
    scope: 'tenant',
    writes: 'operational',
    why: 'read marks',
    global: 'tenant_id',
    regional: 'notice_id principal_id read_at',
  },
  mails: {
    scope: 'tenant',
    writes: 'operational',
    why: 'tell of acts that have entries',
    global: 'tenant_id',
    regional: 'id recipient language subject body names created_at sent_at',
  },
  tasks: {
    scope: 'tenant',
    writes: 'operational',
    why: 'task state; who starts one makes the entry',
    global: 'tenant_id',
    regional: 'id kind state done total parameters result request_id created_at created_by finished_at version',
  },
  task_chunks: {
    scope: 'tenant',
    writes: 'operational',
    why: 'results of tasks',
    global: 'tenant_id',
    regional: 'task_id position bytes',
  },
  jobs: {
    scope: 'tenant',
    writes: 'operational',
    why: 'job state',
    global: 'tenant_id',
    regional: 'id kind payload request_id created_at',
  },
  idempotency_records: {
    scope: 'tenant',
    writes: 'operational',
    why: 'idempotency records',
    global: 'tenant_id',
    regional: 'actor_id route key_hash body_hash status object_id created_at',
  },
  nonces: {
    scope: 'tenant',
    writes: 'operational',
    why: 'nonces',
    global: 'tenant_id',
    regional: 'credential_id nonce expires_at',
  },
  refusal_counts: {
    scope: 'tenant',
    writes: 'operational',
    why: 'counts refusals for the cap of the audit',
    global: 'tenant_id',
    regional: 'principal_id minute count',
  },
  identity_providers: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: `id name name_canonical type description status settings mapping admission client_secret client_secret_expires_at earlier_client_secret earlier_client_secret_until trust_version trusted_by activated_at ${stamps}`,
  },
  identity_provider_groups: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: 'provider_id claim_value group_id',
  },
  external_identities: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: 'id provider_id issuer subject account_id owns_fields created_at last_used_at',
  },
  identity_memberships: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: 'identity_id group_id',
  },
  sign_in_trips: {
    scope: 'tenant',
    writes: 'operational',
    why: 'nonces of sign-ins that are under way; the session or the act that comes of one makes the entry',
    global: 'tenant_id',
    regional:
      'id provider_id purpose account_id test_id trust_version ticket_hash state_hash browser_hash secrets return_to created_at expires_at consumed_at',
  },
  provider_tests: {
    scope: 'tenant',
    writes: 'operational',
    why: 'what a test showed, which changes nothing',
    global: 'tenant_id',
    regional: 'id provider_id state report created_at created_by finished_at expires_at',
  },
  provider_set_up_links: {
    scope: 'tenant',
    writes: 'operational',
    why: 'made and ended by acts that have entries of their own',
    global: 'tenant_id',
    regional: 'id provider_id secret_hash created_at created_by expires_at ended_at',
  },
  saml_keys: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: 'id provider_id certificate private_key signs_from expires_at retires_at created_at created_by',
  },
  saml_messages: {
    scope: 'tenant',
    writes: 'operational',
    why: 'nonces: ids of messages that were taken',
    global: 'tenant_id',
    regional: 'provider_id id_hash expires_at',
  },
  saml_sessions: {
    scope: 'tenant',
    writes: 'operational',
    why: 'written with a session, whose entry tells; it says by what name the provider ends it',
    global: 'tenant_id',
    regional: 'id provider_id account_id session_id name_hash index_hash subject created_at expires_at',
  },
  saml_metadata: {
    scope: 'tenant',
    writes: 'operational',
    why: 'how the reading of metadata goes; what changes by it is an act with an entry',
    global: 'tenant_id',
    regional: 'provider_id read_at tried_at failing_since problem told_at next_at leaving',
  },
  provisioning_holds: {
    scope: 'tenant',
    writes: 'operational',
    why: 'keeps what was refused, so no change came of it; letting it through makes the entry',
    global: 'tenant_id',
    regional:
      'id kind account_id group_id asked_for user_name external_id taken_name taken_email changes email token_id settled_at told_at let_through at attempts decided_at decided_by allowed_until',
  },
  provisioning_calls: {
    scope: 'tenant',
    writes: 'operational',
    why: 'tells of requests; their changes have entries',
    global: 'tenant_id',
    regional: 'id at token_id method resource target_key status scim_type detail duration_ms request_id',
  },
  domains: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id fingerprint',
    regional: `id name status challenge verified_at last_checked_at last_found_at last_outcome failing_since shared_at ${stamps}`,
  },
  logos: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: 'digest type width height picture updated_at updated_by',
  },
  emergency_codes: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: 'id account_id set_id code_hash created_at used_at used_for',
  },
  ownership_transfers: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional: 'id from_account_id to_account_id stays_owner state created_at expires_at decided_at decided_by version',
  },
  ownership_recoveries: {
    scope: 'tenant',
    writes: 'administrative',
    global: 'tenant_id',
    regional:
      'id email email_canonical first_name last_name state due_at created_at decided_at decided_by account_id version',
  },
  placements: {
    scope: 'platform',
    writes: 'operational',
    why: 'finds the cell before there is a context',
    global: 'tenant_id',
    regional: 'cell created_at',
  },
  tenant_index: {
    scope: 'platform',
    writes: 'operational',
    why: "the operator's list; written with the tenant",
    global: 'tenant_id',
    regional: 'status created_at changed_at',
  },
  sign_in_index: {
    scope: 'platform',
    writes: 'operational',
    why: 'sign-in knows an address, not yet a tenant',
    global: 'tenant_id',
    regional: 'fingerprint account_id last_used_at',
  },
  domain_index: {
    scope: 'platform',
    writes: 'operational',
    why: 'sign-in knows a domain, not yet a tenant; written with the domain, whose entry tells',
    global: 'fingerprint tenant_id',
    regional: 'state published_at',
  },
  guesses: {
    scope: 'platform',
    writes: 'operational',
    why: 'guess rows, across tenants',
    regional: 'fingerprint period count',
  },
  products: {
    scope: 'platform',
    writes: 'operational',
    why: 'what the operator offers, which is of no tenant; the audit of the operator tells',
    regional: 'id code name description is_offered tiers version created_at updated_at',
  },
  quota_blocks: {
    scope: 'platform',
    writes: 'operational',
    why: 'meters, before a context is opened',
    global: 'tenant_id',
    regional: 'period used',
  },
  quota_shares: {
    scope: 'platform',
    writes: 'operational',
    why: 'meters, before a context is opened',
    global: 'tenant_id',
    regional: 'share period used',
  },
  due_jobs: {
    scope: 'platform',
    writes: 'operational',
    why: 'what is due in any tenant',
    global: 'tenant_id',
    regional: 'id kind due_at attempts',
  },
  outbox: {
    scope: 'platform',
    writes: 'operational',
    why: 'the development outbox lists mails of all tenants',
    global: 'tenant_id',
    regional: 'id created_at',
  },
  operator_entries: {
    scope: 'platform',
    writes: 'operational',
    why: 'the audit of the operator',
    global: 'tenant_id',
    regional: 'id at action outcome request_id',
  },
  operator_requests: {
    scope: 'platform',
    writes: 'operational',
    why: "idempotency records of the operator's creations",
    global: 'tenant_id',
    regional: 'key_fingerprint body_fingerprint created_at',
  },
  database_mark: {
    scope: 'platform',
    writes: 'operational',
    why: 'what the database is, before anything is read from it',
    global: 'is_only_row region cell fingerprint_key_check made_at',
    regional: 'master_key_check',
  },
  migrations: { scope: 'platform', writes: 'operational', why: 'which migrations ran', global: 'name hash at' },
};

export const directoryTables: Record<string, Table> = {
  regions: {
    scope: 'directory',
    writes: 'operational',
    why: 'settings of the operator',
    global: 'code name country base_url public_key',
  },
  tenants: {
    scope: 'directory',
    writes: 'operational',
    why: 'written with the tenant',
    global: 'id region name_fingerprint state reserved_at',
  },
  domains: {
    scope: 'directory',
    writes: 'operational',
    why: 'follows the domains that the regions proved',
    global: 'fingerprint tenant_id region joined_at',
  },
  database_mark: {
    scope: 'directory',
    writes: 'operational',
    why: 'what the database is, before anything is read from it',
    global: 'is_only_row fingerprint_key_check made_at',
  },
  migrations: { scope: 'directory', writes: 'operational', why: 'which migrations ran', global: 'name hash at' },
};

export const tenantTables = Object.entries(cellTables)
  .filter(([, { scope }]) => scope === 'tenant')
  .map(([name]) => name);

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Columns that are kept up to date beside the request, without entry or new version (design, section 4). */
const beside = new Set([
  'last_used_at',
  'last_seen_at',
  'last_sign_in_at',
  'noticed_at',
  'last_step',
  'sign_count',
  'last_checked_at',
  'last_found_at',
  'last_outcome',
  'has_words',
  'has_seat_limit',
]);

/** Of queries that are compiled once. */
const judged = new WeakMap<RootOperationNode, boolean>();

/** Whether a statement writes a table whose changes the audit must show. Unknown means yes. */
export function isAdministrative(node: RootOperationNode, sql: string): boolean {
  const known = judged.get(node);
  if (known !== undefined) return known;
  const made = writesAdministrative(node, sql);
  judged.set(node, made);
  return made;
}

function writesAdministrative(node: RootOperationNode, sql: string): boolean {
  switch (node.kind) {
    case 'SelectQueryNode':
      return node.with !== undefined && /\b(insert|update|delete|merge)\b/i.test(sql);
    case 'InsertQueryNode':
      return needsEntry(node.into?.table.identifier.name);
    case 'UpdateQueryNode': {
      const columns = node.updates?.map(({ column }) => (ColumnNode.is(column) ? column.column.name : ''));
      if (columns?.length && columns.every((column) => beside.has(snake(column)))) return false;
      return needsEntry(tableOf(node.table));
    }
    case 'DeleteQueryNode':
      return needsEntry(tableOf(node.from.froms[0]));
    default:
      return !/^\s*select\b/i.test(sql);
  }
}

const tableOf = (node: OperationNode | undefined) =>
  node && TableNode.is(node) ? node.table.identifier.name : undefined;

const needsEntry = (table: string | undefined) => !table || cellTables[snake(table)]?.writes !== 'operational';
