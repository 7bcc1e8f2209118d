-- Whether a membership is current is known by the index, without a look at its row. Made beside the one that is there:
-- whoever reads goes on by that.
create index memberships_of_principal_now on memberships (tenant_id, principal_id, group_id) include (ends_at);
drop index memberships_of_principal;
alter index memberships_of_principal_now rename to memberships_of_principal;
