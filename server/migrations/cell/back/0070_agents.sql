-- The way back from 0070_agents.sql, as the owner of the tables. Programs that run gateways enrol again afterwards.

begin;
lock table migrations in exclusive mode;
drop table agent_reports, agents;
alter table gateways drop column configuration;
delete from migrations where name = '0070_agents.sql';
commit;
