"""The town's calendar: years as they were typed, and the rules for visit days."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('base', '0004_jobs'),
    ]

    operations = [
        migrations.CreateModel(
            name='VisitRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('nth', '每月第几个周几'), ('every', '每几周一次')], max_length=5)),
                ('nth', models.JSONField(default=list)),
                ('weekday', models.PositiveSmallIntegerField(null=True)),
                ('weeks', models.PositiveSmallIntegerField(null=True)),
                ('starts_on', models.DateField(null=True)),
                ('on_holiday', models.CharField(choices=[('on', '推后到后一个工作日'), ('back', '提前到前一个工作日'), ('skip', '这一次不去')], max_length=4)),
                ('window', models.PositiveSmallIntegerField()),
                ('grace', models.PositiveSmallIntegerField()),
                ('who', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ('-pk',),
            },
        ),
        migrations.CreateModel(
            name='WorkYear',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('source', models.CharField(max_length=120)),
                ('official', models.BooleanField()),
                ('days', models.JSONField(default=list)),
                ('who', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ('-pk',),
                'indexes': [models.Index(fields=['year', '-id'], name='work_year_newest')],
            },
        ),
    ]
