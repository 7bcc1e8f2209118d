-- Uses of partner access that wait for approval: the home page asks for them.
create index delegation_activations_waiting on delegation_activations (tenant_id, delegation_id) where state = 'requested';
