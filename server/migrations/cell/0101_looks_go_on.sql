-- A tenant whose licences were all gone before 0093 is looked at again: no look of it was to come, so that it could not
-- follow when the operator asks for a licence no more.

alter table licence_looks no force row level security;
alter table jobs no force row level security;
with looks as (
  select l.tenant_id, l.id as look_id, gen_random_uuid() as id from licence_looks l
  where l.had_terms and not exists (
    select from due_jobs d where d.tenant_id = l.tenant_id and d.kind = 'licences.look')
), due as (
  insert into due_jobs (id, tenant_id, kind) select id, tenant_id, 'licences.look' from looks
)
insert into jobs (tenant_id, id, kind, payload, request_id)
  select tenant_id, id, 'licences.look', jsonb_build_object('lookId', look_id), id::text from looks;
alter table jobs force row level security;
alter table licence_looks force row level security;
