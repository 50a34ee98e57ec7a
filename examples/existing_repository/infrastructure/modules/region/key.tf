resource "aws_kms_key" "this" {
  description         = "Queues and environment variables of apps"
  enable_key_rotation = true
}

# The app cannot know that the key encrypts a queue of this repository, so its role gets the permission from here.
data "aws_iam_policy_document" "decrypt" {
  statement {
    sid       = "ReadEncryptedQueues"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.this.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["sqs.${local.account.region}.amazonaws.com"]
    }
  }
}

output "kms_key_arn" {
  description = "ARN of the key."
  value       = aws_kms_key.this.arn
}

output "decrypt_policy" {
  description = "Policy document in JSON for roles of functions that read queues encrypted with the key."
  value       = data.aws_iam_policy_document.decrypt.json
}
