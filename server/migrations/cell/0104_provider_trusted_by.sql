-- Who activated an identity provider, or last changed whose word it takes: whom it finds the first time holds no more than
-- they do. Of those that are active already, who changed them last.
alter table identity_providers add column trusted_by uuid;
alter table identity_providers no force row level security;
update identity_providers set trusted_by = coalesce(updated_by, created_by) where status = 'active';
alter table identity_providers force row level security;
