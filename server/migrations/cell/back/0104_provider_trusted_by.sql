-- The way back from 0104_provider_trusted_by.sql, as the owner of the tables. Whom a provider finds the first time is not
-- compared with who set it any more.

begin;
lock table migrations in exclusive mode;
alter table identity_providers drop column trusted_by;
delete from migrations where name = '0104_provider_trusted_by.sql';
commit;
