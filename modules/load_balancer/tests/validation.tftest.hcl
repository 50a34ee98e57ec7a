mock_provider "aws" {}

variables {
  name        = "bar-dev"
  domain_name = "bar.example.com"
}

run "name_that_is_empty" {
  command = plan

  variables {
    name = ""
  }

  expect_failures = [var.name]
}

run "domain_of_one_label" {
  command = plan

  variables {
    domain_name = "localhost"
  }

  expect_failures = [var.domain_name]
}

run "domain_in_uppercase" {
  command = plan

  variables {
    domain_name = "Bar.example.com"
  }

  expect_failures = [var.domain_name]
}

run "domain_with_a_wildcard_inside" {
  command = plan

  variables {
    domain_name = "menu.*.example.com"
  }

  expect_failures = [var.domain_name]
}

run "domain_that_is_a_url" {
  command = plan

  variables {
    domain_name = "https://bar.example.com"
  }

  expect_failures = [var.domain_name]
}

run "domain_that_is_too_long" {
  command = plan

  variables {
    domain_name = "${join("", [for n in range(126) : "x."])}com"
  }

  expect_failures = [var.domain_name]
}

run "subnets_in_one_zone" {
  command = plan

  variables {
    subnet_ids = ["subnet-1", "subnet-1"]
  }

  expect_failures = [var.subnet_ids]
}

run "no_subnets" {
  command = plan

  variables {
    subnet_ids = []
  }

  expect_failures = [var.subnet_ids]
}
