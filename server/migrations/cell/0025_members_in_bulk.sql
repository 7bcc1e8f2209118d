-- Members that come by the thousand cost less. Who is made a member was found before, and is kept from being deleted
-- while it is; a principal's row stays when it is deleted, and goes with the tenant, after its memberships.
alter table memberships drop constraint memberships_principal;
