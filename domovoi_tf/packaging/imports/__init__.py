"""Compares the modules that were imported when the app was read with those that Lambda would import.

The package, a layer and Lambda's runtime are searched as Python does there. What is missing, or is another
file, is a problem: of the project's own files and vendor/ when the app is rendered, of dependencies when the
package is built.
"""
