-- The way back from 0087_second_approver.sql, as the owner of the tables. A namespace that wanted a second person asks for
-- its name again; what was asked and not decided is lost.

begin;
lock table migrations in exclusive mode;
drop table change_request_inputs;
drop table change_requests;
alter table namespaces no force row level security;
update namespaces set protection = 'name' where protection = 'approval';
alter table namespaces force row level security;
alter table namespaces drop constraint namespaces_protection;
alter table namespaces add constraint namespaces_protection check (protection in ('none', 'name'));
delete from migrations where name = '0087_second_approver.sql';
commit;
