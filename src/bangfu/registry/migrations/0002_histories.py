"""Histories: what a value was, statuses with dates, clusters of villages."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='change',
            name='column',
            field=models.CharField(blank=True, default='', max_length=40),
        ),
        migrations.AddField(
            model_name='change',
            name='is_sealed',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='change',
            name='new',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='change',
            name='old',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AlterField(
            model_name='change',
            name='what',
            field=models.CharField(blank=True, default='', max_length=200),
        ),
        migrations.CreateModel(
            name='Cluster',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=30, verbose_name='名称')),
                ('town', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.area')),
            ],
        ),
        migrations.CreateModel(
            name='ClusterVillage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(null=True)),
                ('cluster', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='villages', to='registry.cluster')),
                ('village', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.area')),
            ],
        ),
        migrations.CreateModel(
            name='Status',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('registered', '建档立卡户'), ('lifted', '脱贫户'), ('relapse', '返贫户'), ('unstable_lifted', '脱贫不稳定户'), ('near_poor', '边缘易致贫户'), ('sudden_hardship', '突发严重困难户')], max_length=20, verbose_name='类别')),
                ('starts_on', models.DateField(null=True)),
                ('starts_known', models.CharField(blank=True, choices=[('', '不清楚'), ('year', '年'), ('month', '月'), ('day', '日')], default='', max_length=5)),
                ('ended', models.BooleanField(default=False)),
                ('ends_on', models.DateField(null=True)),
                ('ends_known', models.CharField(blank=True, choices=[('', '不清楚'), ('year', '年'), ('month', '月'), ('day', '日')], default='', max_length=5)),
                ('end_source', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.source')),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statuses', to='registry.household')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.source')),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.AddConstraint(
            model_name='cluster',
            constraint=models.UniqueConstraint(fields=('town', 'name'), name='cluster_once_in_a_town'),
        ),
        migrations.AddConstraint(
            model_name='clustervillage',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='cluster_village_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='clustervillage',
            constraint=models.UniqueConstraint(condition=models.Q(('ends_on', None)), fields=('village',), name='village_in_one_cluster_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='status',
            index=models.Index(fields=['kind', 'ended', 'household'], name='status_by_kind'),
        ),
        migrations.AddConstraint(
            model_name='status',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['registered', 'lifted', 'relapse', 'unstable_lifted', 'near_poor', 'sudden_hardship'])), name='status_has_a_known_kind'),
        ),
        migrations.AddConstraint(
            model_name='status',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on', None), ('ended', True), _connector='OR'), name='status_end_is_an_end'),
        ),
        migrations.AddConstraint(
            model_name='status',
            constraint=models.CheckConstraint(condition=models.Q(('starts_on', None), ('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='status_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='status',
            constraint=models.UniqueConstraint(condition=models.Q(('ended', False)), fields=('household', 'kind'), name='status_once_at_a_time'),
        ),
    ]
