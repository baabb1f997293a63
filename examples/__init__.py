"""What a program that uses the hub looks like."""
