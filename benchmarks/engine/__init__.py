"""Benchmarks of the embedded engine, each against a baseline in the same run."""
