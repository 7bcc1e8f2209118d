-- Whether a membership is current is known by the index, without a look at its row.
drop index memberships_of_principal;
create index memberships_of_principal on memberships (tenant_id, principal_id, group_id) include (ends_at);
