-- Who notes a lease waits for a change that holds the account, and a change waits for the note: so what shuts a person out
-- sees before its commit what may hold. By the database, since nodes of the version before do not do it themselves.
create function hold_account_of_lease() returns trigger language plpgsql as $$
begin
  perform from accounts where id = new.account_id for share;
  return new;
end $$;
create trigger hold_account before insert or update on leases for each row execute function hold_account_of_lease();
