-- Whose turn it is to say who gains and loses what by a change, of all changes of a tenant: the row is held, and never changed.
create table effect_turns (tenant_id uuid primary key references tenants);
alter table effect_turns enable row level security;
alter table effect_turns force row level security;
create policy own_tenant on effect_turns using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
