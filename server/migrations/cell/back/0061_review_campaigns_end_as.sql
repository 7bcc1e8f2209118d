-- The way back from 0061_review_campaigns_end_as.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table review_campaigns drop column ends_as;
delete from migrations where name = '0061_review_campaigns_end_as.sql';
commit;
