-- Who may do something: a decision finds the grants of a permission among many groups by one walk through the index.
create index grants_of_permission on grants (tenant_id, permission, group_id, namespace_id);
