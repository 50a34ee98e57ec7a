mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }
  url = {
    authorization_type = "AWS_IAM"
  }
}

run "authorization_type_misspelt" {
  command = plan

  variables {
    url = {
      authorization_type = "IAM"
    }
  }

  expect_failures = [var.url]
}

run "headers_too_many" {
  command = plan

  variables {
    url = {
      authorization_type = "AWS_IAM"
      cors               = { allow_headers = [for n in range(101) : "x-${n}"] }
    }
  }

  expect_failures = [var.url]
}

run "header_too_long" {
  command = plan

  variables {
    url = {
      authorization_type = "AWS_IAM"
      cors               = { expose_headers = [format("%1025s", "x")] }
    }
  }

  expect_failures = [var.url]
}

run "method_unknown" {
  command = plan

  variables {
    url = {
      authorization_type = "AWS_IAM"
      cors               = { allow_methods = ["OPTIONS"] }
    }
  }

  expect_failures = [var.url]
}

run "method_in_lowercase" {
  command = plan

  variables {
    url = {
      authorization_type = "AWS_IAM"
      cors               = { allow_methods = ["get"] }
    }
  }

  expect_failures = [var.url]
}

run "methods_too_many" {
  command = plan

  variables {
    url = {
      authorization_type = "AWS_IAM"
      cors               = { allow_methods = ["*", "DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"] }
    }
  }

  expect_failures = [var.url]
}

run "origins_too_many" {
  command = plan

  variables {
    url = {
      authorization_type = "AWS_IAM"
      cors               = { allow_origins = [for n in range(101) : "https://${n}.example.com"] }
    }
  }

  expect_failures = [var.url]
}

run "origin_too_long" {
  command = plan

  variables {
    url = {
      authorization_type = "AWS_IAM"
      cors               = { allow_origins = [join("", [for n in range(254) : "x"])] }
    }
  }

  expect_failures = [var.url]
}

run "age_below_zero" {
  command = plan

  variables {
    url = {
      authorization_type = "AWS_IAM"
      cors               = { max_age = -1 }
    }
  }

  expect_failures = [var.url]
}

run "age_too_great" {
  command = plan

  variables {
    url = {
      authorization_type = "AWS_IAM"
      cors               = { max_age = 86401 }
    }
  }

  expect_failures = [var.url]
}

run "age_not_whole" {
  command = plan

  variables {
    url = {
      authorization_type = "AWS_IAM"
      cors               = { max_age = 0.5 }
    }
  }

  expect_failures = [var.url]
}
