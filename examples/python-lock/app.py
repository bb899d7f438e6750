"""Prints which packages it runs with."""

from importlib.metadata import distributions

print(", ".join(sorted(f"{d.name} {d.version}" for d in distributions(path=["/packages"]))))
