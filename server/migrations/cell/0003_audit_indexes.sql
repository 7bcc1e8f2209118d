-- Each index of the audit is paid for by every change. Action and request are read from the index by time, which
-- holds them; a request's id tells its time.
drop index audit_entries_of_action;
drop index audit_entries_of_request;
drop index audit_entries_newest;
create index audit_entries_newest on audit_entries (tenant_id, at, id) include (outcome, action, request_id);
