"""By which source a membership ended, so that it can be given back."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0003_uploads'),
    ]

    operations = [
        migrations.AddField(
            model_name='member',
            name='end_source',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.source'),
        ),
    ]
