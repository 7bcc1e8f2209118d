-- The way back from 0113_use_of_guests.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table guests drop column last_used_at;
delete from migrations where name = '0113_use_of_guests.sql';
commit;
