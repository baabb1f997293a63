"""The audit's tables, and what keeps them as they are: audit/sql/ says how."""

from pathlib import Path

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import horizon.fields
import uuid
from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='HeadsFile',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('number', models.BigIntegerField()),
            ],
            options={
                'db_table': 'audit_heads_file',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Block',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('seqs', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField())),
                ('hashes', models.BinaryField()),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('previous', models.CharField(max_length=64)),
                ('hash', models.CharField(max_length=64)),
                ('signature', models.CharField(max_length=128)),
                ('key_id', models.CharField(max_length=16)),
                ('sealed_at', models.DateTimeField()),
                ('pruned_at', models.DateTimeField(null=True)),
                ('pruned_signature', models.CharField(blank=True, max_length=128)),
            ],
            options={
                'db_table': 'audit_block',
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('pruned_at__isnull', True)), fields=['last_at'], name='audit_block_kept'), models.Index(condition=models.Q(('pruned_at__isnull', False)), fields=['last_at'], name='audit_block_pruned')],
            },
        ),
        migrations.CreateModel(
            name='Subject',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('digest', models.CharField(max_length=64, null=True, unique=True)),
                ('key', models.BinaryField(null=True)),
                ('erased_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'audit_subject',
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('digest__isnull', False), ('erased_at__isnull', True), ('key__isnull', False)), models.Q(('digest__isnull', True), ('erased_at__isnull', False), ('key__isnull', True)), _connector='OR'), name='audit_subject_whole_or_erased')],
            },
        ),
        migrations.CreateModel(
            name='Record',
            fields=[
                ('seq', models.BigAutoField(primary_key=True, serialize=False)),
                ('xid', horizon.fields.TransactionIdField(db_default=horizon.fields.CurrentTransactionId(), editable=False)),
                ('at', models.DateTimeField()),
                ('actor_id', models.BigIntegerField(null=True)),
                ('actor_ciphertext', models.BinaryField()),
                ('behalf_ciphertext', models.BinaryField(null=True)),
                ('role', models.CharField(max_length=16)),
                ('channel', models.CharField(max_length=16)),
                ('action', models.CharField(max_length=32)),
                ('memory_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list)),
                ('memory_count', models.PositiveIntegerField(default=0)),
                ('memory_digest', models.CharField(blank=True, max_length=64)),
                ('outcome', models.CharField(choices=[('allowed', 'Allowed'), ('refused', 'Refused')], max_length=8)),
                ('reason', models.CharField(blank=True, max_length=255)),
                ('returned', models.PositiveIntegerField(default=0)),
                ('query_digest', models.CharField(blank=True, max_length=64)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('actor_subject', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='audit.subject')),
                ('behalf_subject', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='audit.subject')),
            ],
            options={
                'db_table': 'audit_record',
                'indexes': [models.Index(fields=['xid', 'seq'], name='audit_record_reading'), models.Index(fields=['actor_id', '-at'], name='audit_record_actor'), models.Index(fields=['-at'], name='audit_record_at'), django.contrib.postgres.indexes.GinIndex(fields=['memory_ids'], name='audit_record_memories'), models.Index(fields=['actor_subject', '-at'], name='audit_record_subject'), models.Index(condition=models.Q(('behalf_subject__isnull', False)), fields=['behalf_subject', '-at'], name='audit_record_behalf')],
            },
        ),
        migrations.RunSQL(
            (SQL / "append_only.sql").read_text(),
            (SQL / "append_only_undone.sql").read_text(),
        ),
    ]
