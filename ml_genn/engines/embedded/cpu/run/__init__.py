"""Runs compiled kernels on a plan's storage."""
