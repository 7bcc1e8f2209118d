-- The way back from 0100_one_grace.sql, as the owner of the tables. Of a limit that is not over any more is forgotten since
-- when it was; of several that are, the first that was reached is kept.

begin;
lock table migrations in exclusive mode;
alter table licence_standings no force row level security;
delete from licence_standings where not is_now;
delete from licence_standings s using licence_standings o
where o.tenant_id = s.tenant_id and o.licence_id = s.licence_id and o.product = s.product and o.month = s.month
  and (o.over_since, o.amount) < (s.over_since, s.amount);
alter table licence_standings drop constraint licence_standings_pkey;
alter table licence_standings drop column amount;
alter table licence_standings drop column is_now;
alter table licence_standings add primary key (tenant_id, licence_id, product, month);
alter table licence_standings force row level security;
delete from migrations where name = '0100_one_grace.sql';
commit;
