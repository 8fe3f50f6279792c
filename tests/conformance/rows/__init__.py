"""Rows of the conformance table, one file per family."""
