resource "aws_db_instance" "shop" {
  engine            = "postgres"
  storage_encrypted = true
  # ruleid: terraform-public-database
  publicly_accessible = true
}
