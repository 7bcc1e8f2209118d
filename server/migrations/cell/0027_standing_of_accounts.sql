-- How an account stands is kept among the words that it is found by, so that lists filter and sort by it. A column of
-- accounts in an index would make each change of it write to all indexes.
do $$
declare tenant uuid;
begin
  for tenant in select tenant_id from tenant_index
  loop
    perform set_config('bailiwick.tenant', tenant::text, true);
    insert into account_words (tenant_id, account_id, word)
      select tenant, id,
             ' ' || case when status = 'new' and verified_at is not null then 'waiting' else status end || ' ' || source
      from accounts where tenant_id = tenant and deleted_at is null and has_words
      on conflict do nothing;
  end loop;
  perform set_config('bailiwick.tenant', '', true);
end $$;

-- The waiting are found by their word.
drop index accounts_waiting;
