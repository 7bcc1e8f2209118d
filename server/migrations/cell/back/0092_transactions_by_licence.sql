-- The way back from 0092_transactions_by_licence.sql, as the owner of the tables. What was counted for several licences of
-- a namespace on a day is one figure again.

begin;
lock table migrations in exclusive mode;
alter table transaction_counts no force row level security;
create temporary table counted on commit drop as
  select tenant_id, day, namespace_id, node, sum(count)::bigint as count
  from transaction_counts group by tenant_id, day, namespace_id, node;
delete from transaction_counts;
alter table transaction_counts drop constraint transaction_counts_once;
alter table transaction_counts drop column licence_id;
insert into transaction_counts (tenant_id, day, namespace_id, node, count)
  select tenant_id, day, namespace_id, node, count from counted;
alter table transaction_counts add primary key (tenant_id, day, namespace_id, node);
alter table transaction_counts force row level security;
delete from migrations where name = '0092_transactions_by_licence.sql';
commit;
