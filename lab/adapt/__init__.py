"""What a lab must change in a stack, with a line of text for each change."""
