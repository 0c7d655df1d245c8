"""Files that came in, and what they say household by household."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0002_histories'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='member',
            name='ended_by',
            field=models.CharField(blank=True, choices=[('death', '死亡'), ('marriage', '嫁出'), ('move', '迁出'), ('off_register', '不再在册')], default='', max_length=12),
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=10, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('sha256', models.CharField(db_index=True, max_length=64)),
                ('area', models.CharField(max_length=12)),
                ('data_date', models.DateField(null=True)),
                ('state', models.CharField(choices=[('reading', '正在读'), ('refused', '读不了'), ('preview', '等着看'), ('taking', '正在导入'), ('taken', '导入了'), ('thrown_away', '没有导入'), ('giving_back', '正在撤回'), ('given_back', '撤回了')], default='reading', max_length=12)),
                ('at', models.DateTimeField()),
                ('job', models.CharField(blank=True, default='', max_length=10)),
                ('said', models.JSONField(default=dict)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.source')),
            ],
            options={
                'ordering': ('-pk',),
            },
        ),
        migrations.CreateModel(
            name='Staged',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveIntegerField()),
                ('code', models.CharField(max_length=20)),
                ('kind', models.CharField(max_length=8)),
                ('plan', models.TextField()),
                ('seen', models.BigIntegerField(default=0)),
                ('chosen', models.BooleanField(default=True)),
                ('state', models.CharField(default='waiting', max_length=12)),
                ('village', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.area')),
                ('upload', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='staged', to='registry.upload')),
            ],
            options={
                'ordering': ('place',),
                'indexes': [models.Index(fields=['upload', 'kind', 'place'], name='staged_by_kind'), models.Index(fields=['upload', 'state', 'place'], name='staged_by_state')],
            },
        ),
    ]
