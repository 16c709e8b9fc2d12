"""SPL's front end: text layer, parser and the typed intermediate form."""
