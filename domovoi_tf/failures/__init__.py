"""Explains failures of Terraform and of AWS in the words of this project.

`kinds` has the table of all kinds of failures: patterns of texts, each with a function that returns what is
wrong and what to do. The other modules have these functions.
"""
