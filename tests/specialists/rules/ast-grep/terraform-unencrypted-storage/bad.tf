# ruleid: terraform-unencrypted-storage
resource "aws_db_instance" "shop" {
  engine         = "postgres"
  instance_class = "db.t3.micro"
}

resource "aws_efs_file_system" "data" {
  # ruleid: terraform-unencrypted-storage
  encrypted = false
}
