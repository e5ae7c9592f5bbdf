from django.db import migrations, models


class Migration(migrations.Migration):
    """A visit whose ticket is out keeps the answer, and nothing else of the request."""

    dependencies = [("registration", "0001_initial")]

    operations = [migrations.AddField("visit", "answer", models.TextField(blank=True))]
