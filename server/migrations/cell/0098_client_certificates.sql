-- Gateways whose programs must come with a client certificate, and which one each came with.
alter table gateways add column agent_certificates text;
alter table agent_reports add column certificate_fingerprint text, add column certificate_expires_at timestamptz;
