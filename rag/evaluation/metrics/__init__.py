"""The metrics: small pure functions, each with its definition and source in the docstring."""
