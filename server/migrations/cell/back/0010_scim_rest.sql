-- The way back from 0010_scim_rest.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop table quota_shares;
delete from migrations where name = '0010_scim_rest.sql';
commit;
