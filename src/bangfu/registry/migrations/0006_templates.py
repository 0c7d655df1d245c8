"""What offices say the columns of their files mean; a file may wait for that."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0005_staged_filters'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='upload',
            name='state',
            field=models.CharField(choices=[('reading', '正在读'), ('refused', '读不了'), ('columns', '等着对列'), ('preview', '等着看'), ('taking', '正在导入'), ('taken', '导入了'), ('thrown_away', '没有导入'), ('giving_back', '正在撤回'), ('given_back', '撤回了')], default='reading', max_length=12),
        ),
        migrations.CreateModel(
            name='Template',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('area', models.CharField(max_length=12)),
                ('key', models.CharField(max_length=32)),
                ('mapping', models.JSONField(default=dict)),
                ('sheets', models.JSONField(default=list)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('area', 'key'), name='one_template_for_headers')],
            },
        ),
    ]
