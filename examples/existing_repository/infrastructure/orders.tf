# The app, once for each tenant. References order what Terraform creates: the calls need no depends_on.

# [call]
module "orders" {
  source    = "../orders/terraform/app"
  providers = { aws = aws.virginia }
  for_each  = local.tenants

  name    = "orders-${each.key}"
  account = module.virginia.account

  currency             = each.value.currency
  orders_topic_arn     = module.sources[each.key].orders_topic_arn
  payments_queue_arn   = module.sources[each.key].payments_queue_arn
  documents_bucket     = module.sources[each.key].documents_bucket
  customers_stream_arn = module.sources[each.key].customers_stream_arn

  settings = {
    timeout             = 30
    vpc                 = module.virginia.vpc
    kms_key             = { arn = module.virginia.kms_key_arn }
    source_kms_key_arns = [module.virginia.kms_key_arn]
  }
  role = { permissions_boundary = aws_iam_policy.boundary.arn }
  tags = { tenant = each.key }
}

# [another Region]
module "orders_initech" {
  source    = "../orders/terraform/app"
  providers = { aws = aws.frankfurt }

  name    = "orders-initech"
  account = module.frankfurt.account

  currency             = "EUR"
  orders_topic_arn     = module.sources_initech.orders_topic_arn
  payments_queue_arn   = module.sources_initech.payments_queue_arn
  documents_bucket     = module.sources_initech.documents_bucket
  customers_stream_arn = module.sources_initech.customers_stream_arn

  settings = {
    timeout             = 30
    vpc                 = module.frankfurt.vpc
    kms_key             = { arn = module.frankfurt.kms_key_arn }
    source_kms_key_arns = [module.frankfurt.kms_key_arn]
  }
  role = { permissions_boundary = aws_iam_policy.boundary.arn }
  tags = { tenant = "initech" }
}
