-- When it was seen that a gateway's key is published no more, by a change after which that could not be told any more.
alter table gateway_certificates add column retired_at timestamptz;
