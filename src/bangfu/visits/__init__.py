"""Visit days, the households to be seen on them, and what is known of each."""
