"""One small parser per command, and the table of them all."""
