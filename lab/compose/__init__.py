"""Stack files as people write them: read, checked, interpolated, merged."""
