"""The first tables of the chain."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('registry', '0006_templates'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Unit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True, verbose_name='单位')),
                ('level', models.CharField(choices=[('city', '市'), ('county', '县'), ('town', '镇'), ('village', '村')], max_length=8, verbose_name='级别')),
            ],
            options={
                'ordering': ('name',),
                'constraints': [models.CheckConstraint(condition=models.Q(('level__in', ['city', 'county', 'town', 'village'])), name='unit_has_a_known_level')],
            },
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('link', models.CharField(choices=[('cluster_leader', '包片领导'), ('village_sponsor', '挂村领导'), ('village_team_leader', '包村组长'), ('caseworker', '帮扶责任人')], max_length=20)),
                ('kind', models.CharField(default='holder', max_length=10)),
                ('starts_on', models.DateField(verbose_name='从哪天起')),
                ('document_no', models.CharField(blank=True, default='', max_length=60, verbose_name='文号')),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('cluster', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.cluster')),
                ('household', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='registry.household')),
                ('officer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to=settings.AUTH_USER_MODEL)),
                ('village', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.area')),
            ],
            options={
                'ordering': ('starts_on', 'pk'),
                'indexes': [models.Index(fields=['officer', 'link'], name='assignment_by_officer')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('cluster__isnull', False), ('household', None), ('link', 'cluster_leader'), ('village', None)), models.Q(('cluster', None), ('household', None), ('link__in', ('village_sponsor', 'village_team_leader')), ('village__isnull', False)), models.Q(('cluster', None), ('household__isnull', False), ('link', 'caseworker'), ('village', None)), _connector='OR'), name='assignment_is_of_its_links_node'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'holder'), ('officer__isnull', False)), ('kind', 'caretaker'), models.Q(('kind', 'closed'), ('officer', None)), _connector='OR'), name='assignment_is_held_or_vacant_or_closed'), models.UniqueConstraint(condition=models.Q(('cluster__isnull', False)), fields=('link', 'cluster', 'starts_on'), name='one_cluster_leader_a_day'), models.UniqueConstraint(condition=models.Q(('village__isnull', False)), fields=('link', 'village', 'starts_on'), name='one_holder_a_village_a_day'), models.UniqueConstraint(condition=models.Q(('household__isnull', False)), fields=('household', 'starts_on'), name='one_caseworker_a_day')],
            },
        ),
        migrations.CreateModel(
            name='Post',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('villager_group', models.CharField(blank=True, default='', max_length=40, verbose_name='组')),
                ('role', models.CharField(choices=[('village_team_member', '包村成员'), ('first_secretary', '驻村第一书记'), ('village_party_secretary', '村党支部书记'), ('village_cadre', '村干部')], max_length=24)),
                ('starts_on', models.DateField(verbose_name='从哪天起')),
                ('ends_on', models.DateField(null=True)),
                ('document_no', models.CharField(blank=True, default='', max_length=60, verbose_name='文号')),
                ('officer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='posts', to=settings.AUTH_USER_MODEL)),
                ('village', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.area')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['village_team_member', 'first_secretary', 'village_party_secretary', 'village_cadre'])), name='post_has_a_known_role'), models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gt', models.F('starts_on')), _connector='OR'), name='post_ends_after_start'), models.UniqueConstraint(condition=models.Q(('ends_on', None)), fields=('officer', 'village', 'villager_group', 'role'), name='post_once_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='Cadre',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.CharField(choices=[('city', '市'), ('county', '县'), ('town', '镇'), ('village', '村')], max_length=8, verbose_name='级别')),
                ('phone', models.CharField(blank=True, default='', max_length=20, verbose_name='工作电话')),
                ('officer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='cadre', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cadres', to='chain.unit')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('level__in', ['city', 'county', 'town', 'village'])), name='cadre_has_a_known_level')],
            },
        ),
        migrations.CreateModel(
            name='UnitVillage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='从哪天起')),
                ('ends_on', models.DateField(null=True)),
                ('document_no', models.CharField(blank=True, default='', max_length=60, verbose_name='文号')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='villages', to='chain.unit')),
                ('village', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.area')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gt', models.F('starts_on')), _connector='OR'), name='unit_village_ends_after_start'), models.UniqueConstraint(condition=models.Q(('ends_on', None)), fields=('unit', 'village'), name='unit_once_at_a_village')],
            },
        ),
    ]
