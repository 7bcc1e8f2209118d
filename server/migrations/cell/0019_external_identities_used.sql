-- When people last came by an identity provider.

alter table external_identities add column last_used_at timestamptz;
create index external_identities_used on external_identities (tenant_id, provider_id, last_used_at);
