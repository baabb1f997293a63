-- The way back of append_only.sql: both tables can be changed again.

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
