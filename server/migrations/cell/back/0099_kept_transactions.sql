-- The way back from 0099_kept_transactions.sql, as the owner of the tables. How many transactions were left out is lost.

begin;
lock table migrations in exclusive mode;
alter table transaction_counts drop column kept, drop column left_out;
delete from migrations where name = '0099_kept_transactions.sql';
commit;
