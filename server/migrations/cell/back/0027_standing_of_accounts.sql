-- The way back from 0027_standing_of_accounts.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;

create index accounts_waiting on accounts (tenant_id, id)
  where verified_at is not null and last_sign_in_at is null and deleted_at is null;

do $$
declare tenant uuid;
begin
  for tenant in select tenant_id from tenant_index
  loop
    perform set_config('bailiwick.tenant', tenant::text, true);
    delete from account_words where tenant_id = tenant and word < '!';
  end loop;
  perform set_config('bailiwick.tenant', '', true);
end $$;

delete from migrations where name = '0027_standing_of_accounts.sql';
commit;
