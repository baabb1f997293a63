"""A delivery may be a test, which becomes no memory."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connectors", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="is_test",
            field=models.BooleanField(default=False),
        ),
    ]
