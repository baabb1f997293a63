"""PostgreSQL as Django knows it, but for how a connection is found to be dead."""
