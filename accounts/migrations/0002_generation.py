from django.db import migrations, models

COUNT_CLOSING = """
CREATE FUNCTION accounts_count_closing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever saves an account that they read a while ago takes nothing back.
    NEW.generation := greatest(NEW.generation, OLD.generation)
        + (OLD.is_active AND NOT NEW.is_active)::int;
    RETURN NEW;
END $$;
CREATE TRIGGER accounts_user_generation
    BEFORE UPDATE ON accounts_user
    FOR EACH ROW EXECUTE FUNCTION accounts_count_closing();
"""
COUNT_ROLES_TAKEN = """
CREATE FUNCTION accounts_count_role_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_user SET generation = generation + 1
        FROM auth_group
        WHERE accounts_user.id = OLD.user_id
            AND auth_group.id = OLD.group_id
            AND auth_group.name IN ('CEO', 'Manager', 'Service', 'User');
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_user_groups_generation
    AFTER UPDATE OR DELETE ON accounts_user_groups
    FOR EACH ROW EXECUTE FUNCTION accounts_count_role_taken();
"""
STOP_COUNTING = """
DROP TRIGGER accounts_user_groups_generation ON accounts_user_groups;
DROP FUNCTION accounts_count_role_taken;
DROP TRIGGER accounts_user_generation ON accounts_user;
DROP FUNCTION accounts_count_closing;
"""


class Migration(migrations.Migration):
    """Count in the database, where no way of writing an account leads around it."""

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="generation",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.RunSQL(COUNT_CLOSING + COUNT_ROLES_TAKEN, STOP_COUNTING),
    ]
