"""The first tables."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Area',
            fields=[
                ('code', models.CharField(max_length=12, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
            ],
            options={
                'ordering': ('code',),
            },
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('import', '导入'), ('form', '登记')], max_length=16)),
                ('label', models.CharField(max_length=120, verbose_name='来源')),
                ('data_date', models.DateField(verbose_name='数据日期')),
                ('at', models.DateTimeField(verbose_name='保存时间')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, null=True, unique=True, verbose_name='人编号')),
                ('name', models.CharField(db_index=True, max_length=60, verbose_name='姓名')),
                ('pinyin', models.CharField(db_index=True, max_length=160)),
                ('initials', models.CharField(db_index=True, max_length=20)),
                ('birth_date', models.DateField(null=True, verbose_name='出生日期')),
                ('sex', models.CharField(blank=True, default='', max_length=1, verbose_name='性别')),
                ('number_index', models.CharField(blank=True, db_index=True, default='', max_length=64)),
                ('facts', models.JSONField(default=dict)),
                ('sealed', models.JSONField(default=dict)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.source')),
            ],
        ),
        migrations.CreateModel(
            name='Household',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True, verbose_name='户编号')),
                ('villager_group', models.CharField(blank=True, default='', max_length=40, verbose_name='组')),
                ('facts', models.JSONField(default=dict)),
                ('sealed', models.JSONField(default=dict)),
                ('version', models.PositiveIntegerField(default=1)),
                ('village', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.area')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.source')),
            ],
        ),
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=200)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='registry.household')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='registry.person')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.source')),
            ],
            options={
                'ordering': ('-pk',),
            },
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('relation_to_head', models.CharField(blank=True, default='', max_length=20, verbose_name='与户主关系')),
                ('starts_on', models.DateField(null=True)),
                ('ends_on', models.DateField(null=True)),
                ('began_by', models.CharField(blank=True, choices=[('birth', '出生'), ('marriage', '嫁入'), ('move', '迁入')], default='', max_length=12)),
                ('ended_by', models.CharField(blank=True, choices=[('death', '死亡'), ('marriage', '嫁出'), ('move', '迁出')], default='', max_length=12)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='registry.household')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='registry.person')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.source')),
            ],
            options={
                'ordering': ('pk',),
                'constraints': [models.CheckConstraint(condition=models.Q(('starts_on', None), ('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='member_ends_after_start'), models.UniqueConstraint(condition=models.Q(('ends_on', None)), fields=('household', 'person'), name='member_once_at_a_time')],
            },
        ),
        migrations.AddIndex(
            model_name='household',
            index=models.Index(fields=['village', 'code'], name='household_by_village'),
        ),
    ]
