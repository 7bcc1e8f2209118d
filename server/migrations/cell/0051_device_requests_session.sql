-- The session that let the device in: what ends it before the device has asked ends that too.
alter table device_requests add column session_id uuid;
alter table device_requests add constraint device_requests_session
  foreign key (tenant_id, session_id) references sessions (tenant_id, id) on delete cascade;
