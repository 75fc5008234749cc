resource "aws_db_instance" "shop" {
  username = "shop"
  # ruleid: terraform-hardcoded-secret
  password          = "correcthorse9"
  storage_encrypted = true
}
