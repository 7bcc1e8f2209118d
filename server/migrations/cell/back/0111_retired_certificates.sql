-- The way back from 0111_retired_certificates.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table gateway_certificates drop column retired_at;
delete from migrations where name = '0111_retired_certificates.sql';
commit;
