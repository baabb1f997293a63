"""PostgreSQL, Valkey and a local Snowflake, for a machine that has none of them."""
