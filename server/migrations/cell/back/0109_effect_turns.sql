-- The way back from 0109_effect_turns.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop table effect_turns;
delete from migrations where name = '0109_effect_turns.sql';
commit;
