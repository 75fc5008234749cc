resource "aws_s3_bucket_acl" "site" {
  bucket = aws_s3_bucket.site.id
  # ruleid: terraform-public-bucket
  acl = "public-read"
}

resource "google_storage_bucket_iam_member" "all" {
  bucket = "data"
  # ruleid: terraform-public-bucket
  member = "allUsers"
}
