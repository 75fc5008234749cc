resource "aws_kms_key" "data" {
  # ruleid: terraform-audit-off
  enable_key_rotation = false
}

resource "aws_s3_bucket_versioning" "data" {
  versioning_configuration {
    # ruleid: terraform-audit-off
    status = "Suspended"
  }
}
