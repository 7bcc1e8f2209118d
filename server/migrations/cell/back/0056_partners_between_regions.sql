-- The way back from 0056_partners_between_regions.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table delegations drop column other_region;
alter table tenants drop column lends_groups;
alter table leases drop column group_ids;
delete from migrations where name = '0056_partners_between_regions.sql';
commit;
