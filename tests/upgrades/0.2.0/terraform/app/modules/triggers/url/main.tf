locals {
  # From the ARN, which is unknown if the function is replaced. That removes the URL and the statement, so both are
  # created again.
  function_name = split(":", var.function.arn)[6]

  # Principals that can call the URL without a signature.
  anonymous = {
    AWS_IAM = []
    NONE    = ["*"]
  }
}

# Applies to requests through the URL only. There is no source_arn, because the caller is the only source.
#
# The provider itself adds this statement when it creates a public URL, under this ID, and would leave it behind. With
# the permission created first, the statement belongs to Terraform and is removed when the URL is no longer public.
resource "aws_lambda_permission" "anonymous" {
  for_each = toset(local.anonymous[var.url.authorization_type])

  statement_id           = "FunctionURLAllowPublicAccess"
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = local.function_name
  principal              = each.key
  function_url_auth_type = "NONE"
}

resource "aws_lambda_function_url" "this" {
  function_name      = local.function_name
  authorization_type = var.url.authorization_type
  invoke_mode        = var.url.invoke_mode

  dynamic "cors" {
    for_each = var.url.cors[*]

    content {
      allow_credentials = cors.value.allow_credentials
      allow_headers     = cors.value.allow_headers
      allow_methods     = cors.value.allow_methods
      allow_origins     = cors.value.allow_origins
      expose_headers    = cors.value.expose_headers
      max_age           = cors.value.max_age
    }
  }

  depends_on = [aws_lambda_permission.anonymous]
}
