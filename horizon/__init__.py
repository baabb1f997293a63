"""Reading an append-only table in an order in which no committed row is missed."""
