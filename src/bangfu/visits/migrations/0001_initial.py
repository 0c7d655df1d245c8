"""The first tables of visits."""

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
            name='Slot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('out_of_scope_at', models.DateTimeField(null=True)),
                ('links_at_close', models.JSONField(null=True)),
                ('state_at_close', models.CharField(blank=True, default='', max_length=16)),
                ('caseworker', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='slots', to=settings.AUTH_USER_MODEL)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slots', to='registry.household')),
            ],
        ),
        migrations.CreateModel(
            name='Sheet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=10, unique=True)),
                ('printed_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('blank', models.BooleanField(default=False)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('slot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sheets', to='visits.slot')),
            ],
        ),
        migrations.CreateModel(
            name='StandIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('officer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('slot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stand_ins', to='visits.slot')),
            ],
        ),
        migrations.CreateModel(
            name='Statement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('slot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='visits.slot')),
            ],
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=10, unique=True)),
                ('visited_on', models.DateField(verbose_name='哪天去的')),
                ('mode', models.CharField(choices=[('home', '入户'), ('phone', '电话'), ('wechat', '微信'), ('village_point', '进村办点')], default='home', max_length=14, verbose_name='怎么见的')),
                ('found', models.TextField(blank=True, default='', verbose_name='看到的')),
                ('told', models.TextField(blank=True, default='', verbose_name='告诉的')),
                ('follow_up', models.TextField(blank=True, default='', verbose_name='接下来')),
                ('received_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('sheet', models.CharField(blank=True, default='', max_length=10)),
                ('once', models.CharField(max_length=40, null=True, unique=True)),
                ('withdrawn', models.BooleanField(default=False)),
                ('amends', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='amended_by', to='visits.visit')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='registry.household')),
            ],
            options={
                'ordering': ('-visited_on', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='Issue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=10, unique=True)),
                ('text', models.TextField(verbose_name='什么事')),
                ('due_on', models.DateField(null=True, verbose_name='哪天以前')),
                ('at', models.DateTimeField()),
                ('ended_on', models.DateField(null=True)),
                ('outcome', models.CharField(blank=True, default='', max_length=200, verbose_name='办得怎样')),
                ('kind', models.CharField(choices=[('request', '诉求'), ('problem', '问题')], default='request', max_length=8)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='issues', to='registry.household')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('visit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='visits.visit')),
            ],
        ),
        migrations.CreateModel(
            name='Commitment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=10, unique=True)),
                ('text', models.TextField(verbose_name='什么事')),
                ('due_on', models.DateField(null=True, verbose_name='哪天以前')),
                ('at', models.DateTimeField()),
                ('ended_on', models.DateField(null=True)),
                ('outcome', models.CharField(blank=True, default='', max_length=200, verbose_name='办得怎样')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='commitments', to='registry.household')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('visit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='visits.visit')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='VisitDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule_date', models.DateField()),
                ('date', models.DateField(verbose_name='帮扶日')),
                ('make_up_until', models.DateField(verbose_name='补访到')),
                ('opens', models.DateTimeField()),
                ('closes', models.DateTimeField()),
                ('deadline', models.DateTimeField()),
                ('holiday', models.CharField(blank=True, default='', max_length=20)),
                ('due', models.JSONField(default=list)),
                ('published_at', models.DateTimeField()),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('cancel_reason', models.CharField(blank=True, default='', max_length=200)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('town', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.area')),
            ],
            options={
                'ordering': ('-date',),
            },
        ),
        migrations.AddField(
            model_name='slot',
            name='visit_day',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slots', to='visits.visitday'),
        ),
        migrations.CreateModel(
            name='Visitor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('went_as', models.CharField(max_length=12)),
                ('officer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('visit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='went', to='visits.visit')),
            ],
        ),
        migrations.CreateModel(
            name='Excuse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField()),
                ('until', models.DateField(null=True)),
                ('reason', models.CharField(choices=[('away', '举家外出'), ('hospital', '住院'), ('flood', '水毁路断'), ('seen_before', '帮扶日以前见过'), ('other', '其他')], max_length=14)),
                ('words', models.CharField(blank=True, default='', max_length=200)),
                ('proposed_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('accepted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='excuses', to='registry.household')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('reason__in', ['away', 'hospital', 'flood', 'seen_before', 'other'])), name='excuse_has_a_known_reason')],
            },
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['home', 'phone', 'wechat', 'village_point'])), name='visit_has_a_known_mode'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.CheckConstraint(condition=models.Q(('withdrawn', False), ('amends__isnull', False), _connector='OR'), name='a_withdrawal_amends'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['request', 'problem'])), name='issue_has_a_known_kind'),
        ),
        migrations.AddConstraint(
            model_name='visitday',
            constraint=models.UniqueConstraint(fields=('town', 'date'), name='visit_day_once'),
        ),
        migrations.AddConstraint(
            model_name='visitday',
            constraint=models.CheckConstraint(condition=models.Q(('make_up_until__gte', models.F('date')), ('closes__gt', models.F('opens')), ('deadline__gte', models.F('closes'))), name='visit_day_window'),
        ),
        migrations.AddIndex(
            model_name='slot',
            index=models.Index(fields=['caseworker', 'visit_day'], name='slot_by_caseworker'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.UniqueConstraint(fields=('visit_day', 'household'), name='slot_once'),
        ),
        migrations.AddConstraint(
            model_name='visitor',
            constraint=models.UniqueConstraint(fields=('visit', 'officer'), name='visitor_once'),
        ),
    ]
