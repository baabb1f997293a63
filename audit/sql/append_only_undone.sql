-- The way back of append_only.sql: both tables can be changed again.

ALTER TABLE audit_record DROP CONSTRAINT audit_record_at_is_a_time;
ALTER TABLE audit_block DROP CONSTRAINT audit_block_number_is_counted;
DROP TRIGGER audit_record_place ON audit_record;
DROP TRIGGER audit_block_not_pruned ON audit_block;
DROP FUNCTION audit_place();
DROP FUNCTION audit_refuse_pruned();
DROP TRIGGER audit_record_no_update ON audit_record;
DROP TRIGGER audit_record_no_delete ON audit_record;
DROP TRIGGER audit_record_no_truncate ON audit_record;
DROP TRIGGER audit_block_no_update ON audit_block;
DROP TRIGGER audit_block_no_delete ON audit_block;
DROP TRIGGER audit_block_no_truncate ON audit_block;
DROP FUNCTION audit_prune(bigint);
DROP FUNCTION audit_refuse_but_pruning();
DROP FUNCTION audit_refuse_young();
DROP FUNCTION audit_refuse();
