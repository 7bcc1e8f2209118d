-- The way back from 0004_limits.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop index sessions_over, links_over, accounts_waiting;
delete from migrations where name = '0004_limits.sql';
commit;
