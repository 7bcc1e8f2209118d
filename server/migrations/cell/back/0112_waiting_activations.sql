-- The way back from 0112_waiting_activations.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop index delegation_activations_waiting;
delete from migrations where name = '0112_waiting_activations.sql';
commit;
