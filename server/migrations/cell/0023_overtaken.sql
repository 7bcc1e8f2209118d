-- A change that holds no row writes it only as it was read. Where it no longer is so, this ends the transaction.
create function overtaken() returns void language plpgsql as $$
begin
  raise exception using errcode = 'serialization_failure', message = 'Somebody changed the row since it was read.';
end $$;
