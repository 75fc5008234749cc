resource "aws_instance" "web" {
  metadata_options {
    # ruleid: terraform-instance-metadata-v1
    http_tokens = "optional"
  }
}
