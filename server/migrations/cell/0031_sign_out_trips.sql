-- Who signs out here may be on the way to a provider that takes the request in a form.
alter table sign_in_trips drop constraint sign_in_trips_purpose;
alter table sign_in_trips add constraint sign_in_trips_purpose
  check (purpose in ('sign-in', 'test', 'link', 'step-up', 'drill', 'sign-out'));
