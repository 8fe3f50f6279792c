"""The documentation site: pages made from docstrings and registries, and the runner of pages with code."""
