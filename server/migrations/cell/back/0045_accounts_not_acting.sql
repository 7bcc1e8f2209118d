-- The way back from 0045_accounts_not_acting.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop index accounts_not_acting;
delete from migrations where name = '0045_accounts_not_acting.sql';
commit;
