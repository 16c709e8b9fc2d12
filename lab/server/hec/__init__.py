"""The HTTP Event Collector: tokens, acknowledgements and its endpoints."""
