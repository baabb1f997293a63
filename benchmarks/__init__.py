"""How fast the hub is, each figure beside the limit measured in the same run."""
