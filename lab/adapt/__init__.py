"""What a lab must change in a stack file, each change said in a line."""
