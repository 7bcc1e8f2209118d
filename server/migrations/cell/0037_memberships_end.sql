-- A membership may end by itself. Null, as for those that were there before and for all of the Owner Group: it does not.
alter table memberships add column ends_at timestamptz;
