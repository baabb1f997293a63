"""The way from the journal to Snowflake."""
