"""Finding memories: which ids, in which order; PostgreSQL says who may see them."""
