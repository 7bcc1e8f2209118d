-- The way back from 0091_meters.sql, as the owner of the tables. Nothing is limited any more, and what was counted is lost.

begin;
lock table migrations in exclusive mode;
drop trigger seat_of_new on accounts;
drop trigger seat_taken on accounts;
drop trigger seat_given_back on accounts;
drop function take_seat();
drop function give_seat_back();
drop function holds_seat(text, timestamptz);
drop table licence_refusals;
drop table licence_tellings;
drop table licence_looks;
drop table licence_standings;
drop table usage_days;
drop table transaction_counts;
drop table seats;
drop table seat_limits;
alter table tenants drop column has_seat_limit;
delete from migrations where name = '0091_meters.sql';
commit;
