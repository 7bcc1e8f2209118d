-- The way back from 0007_identity_providers.sql, as the owner of the tables. Providers and links to them are lost.

begin;
lock table migrations in exclusive mode;
drop table provider_set_up_links, provider_tests, sign_in_trips, identity_memberships, external_identities,
  identity_provider_groups, identity_providers;
delete from migrations where name = '0007_identity_providers.sql';
commit;
