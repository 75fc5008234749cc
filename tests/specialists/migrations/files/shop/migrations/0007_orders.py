from django.db import migrations, models


def fill(apps, schema_editor):
    pass


class Migration(migrations.Migration):
    dependencies = [("shop", "0006_stock")]
    operations = [
        migrations.CreateModel(name="Parcel", fields=[("id", models.AutoField(primary_key=True))]),
        migrations.AddField("Parcel", "weight", models.IntegerField()),
        migrations.RemoveField(model_name="order", name="note"),
        migrations.RenameField("order", "sum", "total"),
        migrations.AddField(
            model_name="order", name="state", field=models.CharField(max_length=20)
        ),
        migrations.AddField("order", "hint", models.CharField(max_length=20, null=True)),
        migrations.AddField("order", "kind", models.CharField(max_length=20, default="a")),
        migrations.AddIndex("order", models.Index(fields=["state"], name="order_state")),
        migrations.RunPython(fill),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.DeleteModel(name="Basket"),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField("order", "old")],
        ),
    ]
