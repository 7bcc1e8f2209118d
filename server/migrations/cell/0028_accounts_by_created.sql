-- An index of the list tells, beside its order, when somebody last signed in, and of no account that was deleted.
create index accounts_by_created on accounts (tenant_id, created_at, id, last_sign_in_at) where deleted_at is null;
drop index accounts_created;
