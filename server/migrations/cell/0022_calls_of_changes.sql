-- Who is out of step is found by the changes that were asked; reads, which are most of the calls, need no place in an
-- index for it.
drop index provisioning_calls_of_target;
create index provisioning_calls_changes on provisioning_calls (tenant_id, target_key, at)
  where method in ('POST', 'PUT', 'PATCH', 'DELETE');
