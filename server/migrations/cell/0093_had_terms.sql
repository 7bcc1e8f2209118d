-- Whether anything of a tenant's licences was ever in force: who had something is not as free as who never had.
alter table licence_looks add column had_terms boolean not null default false;

alter table licence_looks no force row level security;
alter table subscriptions no force row level security;
alter table seat_limits no force row level security;
update licence_looks l set had_terms = true
where exists (select from seat_limits s where s.tenant_id = l.tenant_id)
   or exists (select from subscriptions s where s.tenant_id = l.tenant_id and s.active_from <= platform_time());
alter table seat_limits force row level security;
alter table subscriptions force row level security;
alter table licence_looks force row level security;
