resource "aws_sqs_queue" "orders" {
  name                       = "orders"
  visibility_timeout_seconds = 180
}

module "shop" {
  source = "./terraform/app"

  name             = "shop-dev"
  orders_queue_arn = aws_sqs_queue.orders.arn

  settings = {
    environment_variables = { CURRENCY = "EUR" }
  }
  functions = {
    order = { memory_size = 256, timeout = 30 }
  }
}
