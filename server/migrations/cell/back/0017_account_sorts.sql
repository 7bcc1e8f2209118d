-- The way back from 0017_account_sorts.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;

drop index accounts_by_email, accounts_by_username, accounts_by_last_sign_in;

delete from migrations where name = '0017_account_sorts.sql';
commit;
