"""What a preview can be filtered by."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0004_end_source'),
    ]

    operations = [
        migrations.AddField(
            model_name='staged',
            name='columns',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='staged',
            name='may',
            field=models.BooleanField(default=True),
        ),
    ]
