"""The schema registry: what a memory of each type contains. Free of Django."""
