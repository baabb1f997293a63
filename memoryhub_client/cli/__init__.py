"""The command `memoryhub`: the client for people and for scripts."""
