-- Provisioning changes nobody's credentials who holds more than who stands behind its token: that waits as well. What
-- was asked for, without the password.
alter table provisioning_holds
  drop constraint provisioning_holds_kind,
  add column changes text[],
  add column email text,
  add column settled_at timestamptz,
  add constraint provisioning_holds_kind check (kind in ('clash', 'deactivation', 'deletion', 'credentials')),
  add constraint provisioning_holds_changes check (kind <> 'credentials'
    or (changes is not null and changes <@ array['password', 'userName', 'email', 'externalId']));
