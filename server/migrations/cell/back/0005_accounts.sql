-- The way back from 0005_accounts.sql, as the owner of the tables. Changes of address that wait for their link are lost.

begin;
lock table migrations in exclusive mode;

create or replace function purge_tenant() returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare name text;
begin
  if not exists (select from tenants where tenant_id = current_tenant() and status = 'closed') then
    raise exception 'purge_tenant: the tenant is not closed';
  end if;
  foreach name in array array['task_chunks', 'tasks', 'jobs', 'nonces', 'refusal_counts', 'idempotency_records',
    'notice_reads', 'notices', 'mails', 'links', 'registrations', 'sessions', 'passwords', 'grants', 'memberships',
    'audit_entries', 'visits', 'subject_keys', 'data_keys', 'account_emails', 'provisioning_holds',
    'provisioning_calls']
  loop
    execute format('delete from %I where tenant_id = current_tenant()', name);
  end loop;
  update credentials set successor_id = null where tenant_id = current_tenant();
  foreach name in array array['credentials', 'namespaces', 'groups', 'guests', 'service_accounts', 'accounts', 'principals']
  loop
    execute format('delete from %I where tenant_id = current_tenant()', name);
  end loop;
  delete from sign_in_index where tenant_id = current_tenant();
  delete from tenants where tenant_id = current_tenant();
end $$;

drop table email_changes, account_words;
drop index accounts_without_words, accounts_display_name, accounts_deleted;
alter table accounts drop column has_words, drop column erased_at;

delete from migrations where name = '0005_accounts.sql';
commit;
