data "aws_iam_policy_document" "all" {
  # ruleid: terraform-wildcard-permissions
  statement {
    actions   = ["*"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "app" {
  policy = jsonencode({
    # ruleid: terraform-wildcard-permissions
    Statement = [{
      Effect   = "Allow"
      Action   = "*"
      Resource = "*"
    }]
  })
}
