"""What happened to memories, in order: the queue that everything else follows."""
