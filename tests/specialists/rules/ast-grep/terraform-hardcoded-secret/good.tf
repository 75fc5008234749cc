resource "aws_db_instance" "shop" {
  username          = "shop"
  password          = var.db_password
  storage_encrypted = true
}

variable "db_password" {
  type      = string
  sensitive = true
}
