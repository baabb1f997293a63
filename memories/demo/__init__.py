"""The demo company: its people, its customers, and what they remember of a year."""
