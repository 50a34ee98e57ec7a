# Alarms, rules and subscriptions get the names and ARNs of the app from its outputs.

module "monitoring" {
  source    = "./modules/monitoring"
  providers = { aws = aws.virginia }
  for_each  = local.tenants

  function_name       = module.orders[each.key].function_name
  log_group_name      = module.orders[each.key].log_group_name
  state_machine_arn   = module.orders[each.key].state_machine_arns["default"]
  alerts_topic_arn    = module.virginia.alerts_topic_arn
  log_destination_arn = module.virginia.log_destination_arn
}

module "monitoring_initech" {
  source    = "./modules/monitoring"
  providers = { aws = aws.frankfurt }

  function_name       = module.orders_initech.function_name
  log_group_name      = module.orders_initech.log_group_name
  state_machine_arn   = module.orders_initech.state_machine_arns["default"]
  alerts_topic_arn    = module.frankfurt.alerts_topic_arn
  log_destination_arn = module.frankfurt.log_destination_arn
}
