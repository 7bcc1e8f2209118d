-- The way back from 0089_leases_hold_accounts.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop trigger hold_account on leases;
drop function hold_account_of_lease();
delete from migrations where name = '0089_leases_hold_accounts.sql';
commit;
