"""The engine of the lab: stores events and runs SPL's intermediate form on DuckDB."""
