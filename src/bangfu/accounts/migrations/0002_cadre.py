"""Another role: who helps, without an office."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='officer',
            name='officer_has_a_known_role',
        ),
        migrations.AlterField(
            model_name='officer',
            name='role',
            field=models.CharField(choices=[('town_clerk', '镇帮扶办'), ('first_secretary', '驻村第一书记'), ('cadre', '帮扶干部'), ('system_administrator', '系统管理员'), ('security_officer', '安全管理员'), ('auditor', '审计员')], max_length=24, verbose_name='角色'),
        ),
        migrations.AddConstraint(
            model_name='officer',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['town_clerk', 'first_secretary', 'cadre', 'system_administrator', 'security_officer', 'auditor'])), name='officer_has_a_known_role'),
        ),
    ]
