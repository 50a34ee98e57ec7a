# What the platform team had before the app: a network, a key and alerts in each Region, and for each
# tenant the topic, the queue, the bucket and the table of its orders.

locals {
  tenants = {
    acme   = { currency = "USD" }
    globex = { currency = "CAD" }
  }
  log_archive_account = "123456789012"
}

module "virginia" {
  source    = "./modules/region"
  providers = { aws = aws.virginia }

  cidr_block          = "10.0.0.0/16"
  log_archive_account = local.log_archive_account
}

module "frankfurt" {
  source    = "./modules/region"
  providers = { aws = aws.frankfurt }

  cidr_block          = "10.1.0.0/16"
  log_archive_account = local.log_archive_account
}

module "sources" {
  source    = "./modules/sources"
  providers = { aws = aws.virginia }
  for_each  = local.tenants

  name        = each.key
  kms_key_arn = module.virginia.kms_key_arn
}

module "sources_initech" {
  source    = "./modules/sources"
  providers = { aws = aws.frankfurt }

  name        = "initech"
  kms_key_arn = module.frankfurt.kms_key_arn
}

module "notification" {
  source    = "./modules/notification"
  providers = { aws = aws.virginia }
  for_each  = local.tenants

  bucket             = module.sources[each.key].documents_bucket
  removals_topic_arn = module.sources[each.key].removals_topic_arn
  app                = module.orders[each.key].s3_notifications["documents_bucket"]
}

module "notification_initech" {
  source    = "./modules/notification"
  providers = { aws = aws.frankfurt }

  bucket             = module.sources_initech.documents_bucket
  removals_topic_arn = module.sources_initech.removals_topic_arn
  app                = module.orders_initech.s3_notifications["documents_bucket"]
}
