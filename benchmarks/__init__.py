"""What the collection costs, and what others cost for the same: docs/benchmarks.md says how to run and read it."""
