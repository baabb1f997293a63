"""What flows in by itself: each tool a folder, all of them one endpoint."""
