-- The way back from 0062_gateways.sql, as the owner of the tables. Gateways are gone with their routes and rules.

begin;
lock table migrations in exclusive mode;
drop table rule_groups, rules, routes, gateways, services;
delete from migrations where name = '0062_gateways.sql';
commit;
