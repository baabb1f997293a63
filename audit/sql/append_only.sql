-- Records, and the blocks that seal them, are written once. What is refused is refused
-- to everybody, the tables' owner and superusers included: the triggers fire ALWAYS, so
-- that session_replication_role turns none of them off. Whoever owns a table can still
-- disable its triggers, in plain words; what is done then, `audit_verify` finds.

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;

-- Records go only with their whole block: once it is marked as pruned, and a year old.
CREATE FUNCTION audit_refuse_young() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM gone WHERE at >= now() - interval '12 months'
    ) OR EXISTS (
        SELECT seq FROM gone
        EXCEPT
        SELECT unnest(seqs) FROM audit_block
         WHERE pruned_at IS NOT NULL
           AND last_at < now() - interval '12 months'
           AND last_at >= (SELECT min(at) FROM gone)
           AND first_at <= (SELECT max(at) FROM gone)
    ) THEN
        RAISE EXCEPTION
            'audit_record is append-only: DELETE is refused but for pruned blocks'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

-- A block changes once, when it is marked as pruned, and in nothing else.
CREATE FUNCTION audit_refuse_but_pruning() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    marked audit_block := OLD;
BEGIN
    marked.pruned_at := NEW.pruned_at;
    IF OLD.pruned_at IS NOT NULL OR NEW IS DISTINCT FROM marked THEN
        RAISE EXCEPTION
            'audit_block is append-only: UPDATE is refused but for marking as pruned'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

-- The one way to delete for a role that has no DELETE: the records of a block that is
-- marked. The trigger below has the last word.
CREATE FUNCTION audit_prune(pruned bigint) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$
    WITH gone AS (
        DELETE FROM audit_record
         WHERE seq IN (SELECT unnest(seqs) FROM audit_block
                        WHERE number = pruned AND pruned_at IS NOT NULL)
        RETURNING 1
    )
    SELECT count(*) FROM gone
$$;
-- Nobody slips in a temporary table of the same name.
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION audit_refuse_young() SET search_path = %I, pg_temp',
                   current_schema());
    EXECUTE format('ALTER FUNCTION audit_refuse_but_pruning() SET search_path = %I, pg_temp',
                   current_schema());
    EXECUTE format('ALTER FUNCTION audit_prune(bigint) SET search_path = %I, pg_temp',
                   current_schema());
END
$$;
REVOKE ALL ON FUNCTION audit_prune(bigint) FROM PUBLIC;

-- A record stands where its transaction is: nobody else says where.
CREATE FUNCTION audit_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.xid := pg_current_xact_id();
    RETURN NEW;
END
$$;

-- A block is pruned after it was sealed, and not made so.
CREATE FUNCTION audit_refuse_pruned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.pruned_at IS NOT NULL THEN
        RAISE EXCEPTION 'audit_block is append-only: INSERT of a pruned block is refused'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

-- Times that no clock shows would keep what comes after them from being sealed.
ALTER TABLE audit_record ADD CONSTRAINT audit_record_at_is_a_time
CHECK (at > '2000-01-01 00:00Z' AND at < '9000-01-01 00:00Z');
ALTER TABLE audit_block ADD CONSTRAINT audit_block_number_is_counted
CHECK (number < 1000000000000);

CREATE TRIGGER audit_record_place BEFORE INSERT ON audit_record
FOR EACH ROW EXECUTE FUNCTION audit_place();
CREATE TRIGGER audit_block_not_pruned BEFORE INSERT ON audit_block
FOR EACH ROW EXECUTE FUNCTION audit_refuse_pruned();
ALTER TABLE audit_record ENABLE ALWAYS TRIGGER audit_record_place;
ALTER TABLE audit_block ENABLE ALWAYS TRIGGER audit_block_not_pruned;

CREATE TRIGGER audit_record_no_update BEFORE UPDATE ON audit_record
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_record_no_delete AFTER DELETE ON audit_record
REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_young();
CREATE TRIGGER audit_record_no_truncate BEFORE TRUNCATE ON audit_record
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

CREATE TRIGGER audit_block_no_update BEFORE UPDATE ON audit_block
FOR EACH ROW EXECUTE FUNCTION audit_refuse_but_pruning();
CREATE TRIGGER audit_block_no_delete BEFORE DELETE ON audit_block
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_block_no_truncate BEFORE TRUNCATE ON audit_block
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

ALTER TABLE audit_record ENABLE ALWAYS TRIGGER audit_record_no_update;
ALTER TABLE audit_record ENABLE ALWAYS TRIGGER audit_record_no_delete;
ALTER TABLE audit_record ENABLE ALWAYS TRIGGER audit_record_no_truncate;
ALTER TABLE audit_block ENABLE ALWAYS TRIGGER audit_block_no_update;
ALTER TABLE audit_block ENABLE ALWAYS TRIGGER audit_block_no_delete;
ALTER TABLE audit_block ENABLE ALWAYS TRIGGER audit_block_no_truncate;
