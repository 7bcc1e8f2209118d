-- What a program that runs a gateway was told of transactions that the region did not keep.
alter table agent_reports add column records_left_out bigint;
