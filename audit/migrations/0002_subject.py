"""Personal fields move from the clear into ciphertext, under a key for each person."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from audit import personal, subjects


def lock(apps, schema_editor):
    """Lock what each record says of people."""
    Record, Subject = (apps.get_model("audit", name) for name in ("Record", "Subject"))
    found = {}

    def locked(record, address, fields):
        digest = subjects.digest_of(address)
        if digest not in found:
            found[digest] = Subject.objects.create(
                digest=digest, key=personal.make_key()
            )
        subject = found[digest]
        ciphertext = personal.lock(
            fields, key=subject.key, bound_to=_binding(record, subject)
        )
        return subject, ciphertext

    for record in Record.objects.iterator():
        record.actor_subject, record.actor_ciphertext = locked(
            record,
            record.actor,
            {"actor": record.actor, "ip": record.ip, "user_agent": record.user_agent},
        )
        if record.on_behalf_of:
            record.behalf_subject, record.behalf_ciphertext = locked(
                record, record.on_behalf_of, {"address": record.on_behalf_of}
            )
        record.save()


def unlock(apps, schema_editor):
    """Put back into the clear what can still be read."""
    Record = apps.get_model("audit", "Record")

    def unlocked(record, subject, ciphertext):
        if subject is None or subject.key is None:
            return {}
        return personal.unlock(
            bytes(ciphertext),
            key=bytes(subject.key),
            bound_to=_binding(record, subject),
        )

    for record in Record.objects.iterator():
        said = unlocked(record, record.actor_subject, record.actor_ciphertext)
        record.actor = said.get("actor", "")
        record.ip = said.get("ip")
        record.user_agent = said.get("user_agent", "")
        said = unlocked(record, record.behalf_subject, record.behalf_ciphertext)
        record.on_behalf_of = said.get("address", "")
        record.save()


def _binding(record, subject):
    return personal.binding(
        subject=subject.pk,
        at=record.at,
        channel=record.channel,
        action=record.action,
        request_id=record.request_id,
    )


def _subject_of_record(**options):
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to="audit.subject",
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Subject",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("digest", models.CharField(max_length=64, null=True, unique=True)),
                ("key", models.BinaryField(null=True)),
                ("erased_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "audit_subject",
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("digest__isnull", False),
                            ("erased_at__isnull", True),
                            ("key__isnull", False),
                        )
                        | models.Q(
                            ("digest__isnull", True),
                            ("erased_at__isnull", False),
                            ("key__isnull", True),
                        ),
                        name="audit_subject_whole_or_erased",
                    )
                ],
            },
        ),
        migrations.AddField("record", "actor_subject", _subject_of_record(null=True)),
        migrations.AddField(
            "record", "actor_ciphertext", models.BinaryField(null=True)
        ),
        migrations.AddField("record", "behalf_subject", _subject_of_record(null=True)),
        migrations.AddField(
            "record", "behalf_ciphertext", models.BinaryField(null=True)
        ),
        # On the way back the column needs something to begin with.
        migrations.AlterField(
            "record", "actor", models.CharField(max_length=254, blank=True)
        ),
        migrations.RunPython(lock, unlock),
        migrations.AlterField("record", "actor_subject", _subject_of_record()),
        migrations.AlterField("record", "actor_ciphertext", models.BinaryField()),
        migrations.RemoveField("record", "actor"),
        migrations.RemoveField("record", "ip"),
        migrations.RemoveField("record", "on_behalf_of"),
        migrations.RemoveField("record", "user_agent"),
        migrations.AddIndex(
            "record",
            models.Index(fields=["actor_subject", "-at"], name="audit_record_subject"),
        ),
        migrations.AddIndex(
            "record",
            models.Index(
                condition=models.Q(("behalf_subject__isnull", False)),
                fields=["behalf_subject", "-at"],
                name="audit_record_behalf",
            ),
        ),
    ]
