-- The way back from 0019_external_identities_used.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table external_identities drop column last_used_at;
delete from migrations where name = '0019_external_identities_used.sql';
commit;
