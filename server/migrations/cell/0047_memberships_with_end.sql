-- Memberships that end by themselves are few: those that are over are found without a walk through all.
create index memberships_with_end on memberships (tenant_id, ends_at) where ends_at is not null;
