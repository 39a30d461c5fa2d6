"""What a person does with a lab: status, collect, bench, target file."""
