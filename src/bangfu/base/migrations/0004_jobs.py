"""Long work: jobs and what comes again."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('base', '0003_feedback'),
    ]

    operations = [
        migrations.CreateModel(
            name='Periodic',
            fields=[
                ('kind', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('due_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=10, unique=True)),
                ('kind', models.CharField(max_length=40)),
                ('about', models.CharField(blank=True, default='', max_length=80)),
                ('once', models.CharField(max_length=80, null=True, unique=True)),
                ('by', models.CharField(blank=True, default='', max_length=40)),
                ('state', models.CharField(choices=[('waiting', '等着做'), ('running', '正在做'), ('done', '做完了'), ('failed', '没有做成'), ('stopped', '停下了')], default='waiting', max_length=8)),
                ('step', models.CharField(blank=True, default='', max_length=60)),
                ('done', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(default=0)),
                ('said', models.CharField(blank=True, default='', max_length=300)),
                ('stop_asked', models.BooleanField(default=False)),
                ('starts', models.PositiveSmallIntegerField(default=0)),
                ('worker', models.CharField(blank=True, default='', max_length=40)),
                ('lease_until', models.DateTimeField(null=True)),
                ('made_at', models.DateTimeField()),
                ('not_before', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ('-pk',),
                'indexes': [models.Index(fields=['state', 'lease_until'], name='job_by_state')],
            },
        ),
    ]
