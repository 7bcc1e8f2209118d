-- The way back from 0060_review_campaigns.sql, as the owner of the tables. What was decided in campaigns is lost.

begin;
lock table migrations in exclusive mode;
drop table review_items, review_groups, review_campaigns;
delete from migrations where name = '0060_review_campaigns.sql';
commit;
