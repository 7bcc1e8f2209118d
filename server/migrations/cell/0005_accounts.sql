-- Accounts: what a list searches by, changes of address that wait for their link, who was erased. Purging a tenant is
-- taught these tables by the next step.

-- The words that an account is found by, folded; each says the start of a name, of an address or of a part of one.
create table account_words (
  tenant_id uuid not null,
  account_id uuid not null,
  word text collate "C" not null,
  primary key (tenant_id, account_id, word),
  constraint account_words_account foreign key (tenant_id, account_id) references accounts (tenant_id, id)
);
create index account_words_word on account_words (tenant_id, word, account_id);

-- Its words are written with an account. Of one that an earlier version wrote a chore makes them.
alter table accounts
  add column has_words boolean not null default false,
  add column erased_at timestamptz;
create index accounts_without_words on accounts (tenant_id, id) where not has_words and deleted_at is null;
create index accounts_display_name on accounts (tenant_id, display_name collate "C", id) where deleted_at is null;
create index accounts_deleted on accounts (tenant_id, deleted_at, id) where deleted_at is not null;

-- An address that an account is to have once the link that was sent there is used.
create table email_changes (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  email text not null,
  email_canonical text not null,
  secret_hash bytea not null,
  created_at timestamptz not null default platform_time(),
  created_by uuid,
  expires_at timestamptz not null,
  primary key (tenant_id, id),
  -- Asking again replaces what was asked before: one link works at most.
  constraint email_changes_one unique (tenant_id, account_id),
  constraint email_changes_hash unique (tenant_id, secret_hash),
  constraint email_changes_account foreign key (tenant_id, account_id) references accounts (tenant_id, id)
);
create index email_changes_over on email_changes (tenant_id, expires_at);

do $$
declare name text;
begin
  foreach name in array array['account_words', 'email_changes']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name);
  end loop;
end $$;
