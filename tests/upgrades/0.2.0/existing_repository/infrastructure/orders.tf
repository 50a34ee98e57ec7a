# The app, once for each tenant. References order what Terraform creates: the calls need no depends_on.

locals {
  virginia_key_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Resource = module.virginia.kms_key_arn }]
  })
  frankfurt_key_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Resource = module.frankfurt.kms_key_arn }]
  })
}

module "orders" {
  source    = "../orders/terraform/app"
  providers = { aws = aws.virginia }
  for_each  = local.tenants

  name = "orders-${each.key}"

  currency             = each.value.currency
  orders_topic_arn     = module.sources[each.key].orders_topic_arn
  payments_queue_arn   = module.sources[each.key].payments_queue_arn
  documents_bucket     = module.sources[each.key].documents_bucket
  customers_stream_arn = module.sources[each.key].customers_stream_arn

  timeout              = 30
  vpc                  = module.virginia.vpc
  kms_key              = { arn = module.virginia.kms_key_arn }
  permissions_boundary = aws_iam_policy.boundary.arn
  policies             = { payments-key = local.virginia_key_policy }
  tags                 = { tenant = each.key }
}

module "orders_initech" {
  source    = "../orders/terraform/app"
  providers = { aws = aws.frankfurt }

  name = "orders-initech"

  currency             = "EUR"
  orders_topic_arn     = module.sources_initech.orders_topic_arn
  payments_queue_arn   = module.sources_initech.payments_queue_arn
  documents_bucket     = module.sources_initech.documents_bucket
  customers_stream_arn = module.sources_initech.customers_stream_arn

  timeout              = 30
  vpc                  = module.frankfurt.vpc
  kms_key              = { arn = module.frankfurt.kms_key_arn }
  permissions_boundary = aws_iam_policy.boundary.arn
  policies             = { payments-key = local.frankfurt_key_policy }
  tags                 = { tenant = "initech" }
}
