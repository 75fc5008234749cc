resource "aws_db_instance" "shop" {
  engine            = "postgres"
  instance_class    = "db.t3.micro"
  storage_encrypted = true
}
