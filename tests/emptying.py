"""Between tests that commit: all tables as the migrations left them, in milliseconds.

Django truncates every table, and has every app fill its own again. Most tests touch
few.
"""

from django.db import connection

AS_MIGRATED = """
DO $$
DECLARE
    one text;
    filled boolean;
BEGIN
    CREATE SCHEMA as_migrated;
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', one) INTO filled;
        IF filled THEN
            EXECUTE format('CREATE TABLE as_migrated.%I AS TABLE %I', one, one);
        END IF;
    END LOOP;
END
$$
"""
# The audit refuses to be deleted. An index of vectors keeps those that were, and leads
# through them.
EMPTIED = """
DO $$
DECLARE
    one text;
    filled boolean;
    changed text[] := '{}';
BEGIN
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'as_migrated' LOOP
        EXECUTE format(
            'SELECT EXISTS ((TABLE %1$I EXCEPT ALL TABLE as_migrated.%1$I)
                            UNION ALL (TABLE as_migrated.%1$I EXCEPT ALL TABLE %1$I))',
            one) INTO filled;
        IF filled THEN
            EXECUTE format('DELETE FROM %I', one);
            changed := changed || one;
        END IF;
    END LOOP;
    FOR one IN
        SELECT tablename FROM pg_tables WHERE schemaname = 'public'
        EXCEPT
        SELECT tablename FROM pg_tables WHERE schemaname = 'as_migrated'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', one) INTO filled;
        IF NOT filled THEN
            CONTINUE;
        END IF;
        IF one LIKE 'audit%' OR one = 'memories_embedding' THEN
            EXECUTE format('TRUNCATE %I', one);
        ELSE
            EXECUTE format('DELETE FROM %I', one);
        END IF;
    END LOOP;
    FOREACH one IN ARRAY changed LOOP
        EXECUTE format('INSERT INTO %1$I TABLE as_migrated.%1$I', one);
    END LOOP;
END
$$
"""


def remember_as_migrated() -> None:
    """Keep what the tables hold, once they have been made."""
    with connection.cursor() as cursor:
        cursor.execute(AS_MIGRATED)


def empty() -> None:
    """Put every table back to that."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTIED)
