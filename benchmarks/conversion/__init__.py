"""Benchmarks of conversion on published models and real data; each writes its section of docs/conversion-results.md."""
