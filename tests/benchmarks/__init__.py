"""The benchmark: measures time and memory of whole programs beside Chalice, Domovoi and plain Terraform.

A part is a module of this folder with ``NAME``, ``TITLE`` and ``measure(work, runs)``, which returns figures.
``make bench`` runs all parts; a part with ``ON_DEMAND = True`` runs only when it is named.
"""
