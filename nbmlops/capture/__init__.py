"""What one executed cell did, given its source and its namespace."""
