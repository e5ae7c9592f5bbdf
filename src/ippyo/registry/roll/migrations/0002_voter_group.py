from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("roll", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="voter",
            name="group",
            field=models.CharField(blank=True, default="", max_length=40, verbose_name="申請区分"),
            preserve_default=False,
        ),
    ]
