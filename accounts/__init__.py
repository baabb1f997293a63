"""Who somebody is: people, service accounts and their tokens."""
