"""Areas, households, members, and what is known of them over time."""
