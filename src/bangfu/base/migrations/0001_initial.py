"""The trail, and the triggers by which the database refuses to change it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='TrailEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('who', models.CharField(blank=True, max_length=40)),
                ('act', models.CharField(max_length=40)),
                ('about', models.CharField(blank=True, max_length=80)),
                ('result', models.CharField(blank=True, max_length=120)),
                ('before', models.CharField(max_length=64)),
                ('digest', models.CharField(max_length=64, unique=True)),
            ],
            options={
                'ordering': ('-pk',),
                'indexes': [models.Index(fields=['act', '-id'], name='trail_by_act'), models.Index(fields=['about', '-id'], name='trail_by_object')],
            },
        ),
    ]
