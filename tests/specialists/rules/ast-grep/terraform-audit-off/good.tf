resource "aws_kms_key" "data" {
  enable_key_rotation = true
}

resource "aws_s3_bucket_versioning" "data" {
  versioning_configuration {
    status = "Enabled"
  }
}
