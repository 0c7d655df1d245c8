"""The first tables."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Officer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('username', models.CharField(max_length=40, unique=True, verbose_name='用户名')),
                ('name', models.CharField(max_length=40, verbose_name='姓名')),
                ('role', models.CharField(choices=[('town_clerk', '镇帮扶办'), ('first_secretary', '驻村第一书记'), ('system_administrator', '系统管理员'), ('security_officer', '安全管理员'), ('auditor', '审计员')], max_length=24, verbose_name='角色')),
                ('area', models.CharField(max_length=12, validators=[django.core.validators.RegexValidator('^\\d{12}$')], verbose_name='地区代码')),
                ('email', models.EmailField(blank=True, default='', editable=False, max_length=254)),
                ('is_active', models.BooleanField(default=True, verbose_name='在用')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['town_clerk', 'first_secretary', 'system_administrator', 'security_officer', 'auditor'])), name='officer_has_a_known_role')],
            },
        ),
    ]
