-- The way back from 0083_transactions.sql, as the owner of the tables. What was written down of requests is lost.

begin;
lock table migrations in exclusive mode;
drop function make_transaction_partition(date);
drop function drop_transaction_partitions();
drop table transactions, agent_journals;
alter table agent_reports drop column records_waiting, drop column records_dropped;
alter table tenants drop column transaction_days;
delete from migrations where name = '0083_transactions.sql';
commit;
