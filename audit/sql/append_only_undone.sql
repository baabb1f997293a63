-- The way back of append_only.sql: the tables can be changed again.

ALTER TABLE audit_record DROP CONSTRAINT audit_record_at_is_a_time;
ALTER TABLE audit_block DROP CONSTRAINT audit_block_number_is_counted;
DROP FUNCTION audit_prune(bigint);
-- Their triggers go with them.
DROP FUNCTION audit_place(), audit_refuse(), audit_refuse_young(), audit_refuse_pruned(),
    audit_refuse_but_pruning(), audit_refuse_but_erasing() CASCADE;
