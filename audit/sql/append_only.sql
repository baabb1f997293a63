-- Records, and the blocks that seal them, are written once; and of a person nothing
-- changes but that they are erased. What is refused is refused to everybody, the tables'
-- owner and superusers included: the triggers fire ALWAYS, so that
-- session_replication_role turns none of them off. Whoever owns a table can still disable
-- its triggers, in plain words; what is done then, `audit_verify` finds.

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
    marked.pruned_signature := NEW.pruned_signature;
    IF OLD.pruned_at IS NOT NULL OR NEW IS DISTINCT FROM marked THEN
        RAISE EXCEPTION
            'audit_block is append-only: UPDATE is refused but for marking as pruned'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

-- A person's key is made once and forgotten once; another would lock others out.
CREATE FUNCTION audit_refuse_but_erasing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.key IS NULL OR NEW.key IS NOT NULL OR NEW.id <> OLD.id THEN
        RAISE EXCEPTION
            'audit_subject is append-only: UPDATE is refused but for erasing'
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
CREATE TRIGGER audit_record_no_update BEFORE UPDATE ON audit_record
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_record_no_delete AFTER DELETE ON audit_record
REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_young();

CREATE TRIGGER audit_block_not_pruned BEFORE INSERT ON audit_block
FOR EACH ROW EXECUTE FUNCTION audit_refuse_pruned();
CREATE TRIGGER audit_block_no_update BEFORE UPDATE ON audit_block
FOR EACH ROW EXECUTE FUNCTION audit_refuse_but_pruning();
CREATE TRIGGER audit_block_no_delete BEFORE DELETE ON audit_block
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

CREATE TRIGGER audit_subject_no_update BEFORE UPDATE ON audit_subject
FOR EACH ROW EXECUTE FUNCTION audit_refuse_but_erasing();
CREATE TRIGGER audit_subject_no_delete BEFORE DELETE ON audit_subject
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

DO $$
DECLARE
    guarded text;
    one record;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['audit_record', 'audit_block', 'audit_subject'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()',
                       guarded || '_no_truncate', guarded);
        FOR one IN SELECT tgname FROM pg_trigger
                    WHERE tgrelid = guarded::regclass AND NOT tgisinternal LOOP
            EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I',
                           guarded, one.tgname);
        END LOOP;
    END LOOP;
    -- Nobody slips in a temporary table of the same name.
    FOREACH guarded IN ARRAY ARRAY[
        'audit_refuse_young()', 'audit_refuse_but_pruning()', 'audit_prune(bigint)'
    ] LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp',
                       guarded::regprocedure, current_schema());
    END LOOP;
END
$$;
