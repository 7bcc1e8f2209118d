-- When a guest last did anything here, to a minute: whoever reviews access asks for it.
alter table guests add column last_used_at timestamptz;
