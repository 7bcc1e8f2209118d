-- The way back from 0013_cheaper_writes.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop index provisioning_holds_allowed;
alter table accounts
  drop constraint accounts_of_source,
  add constraint accounts_of_source check (
    case source when 'scim' then username_folded is not null and attributes is not null
                else email is not null and email_canonical is not null end),
  add constraint accounts_source check (source in ('local', 'scim')),
  add constraint accounts_status check (status in ('new', 'enabled', 'disabled'));
alter table principals
  add constraint principals_kind check (kind in ('account', 'service-account', 'guest'));
alter table audit_entries
  add constraint audit_entries_outcome check (outcome in ('success', 'refused'));
alter table account_words
  add constraint account_words_account foreign key (tenant_id, account_id) references accounts (tenant_id, id);
delete from migrations where name = '0013_cheaper_writes.sql';
commit;
