"""Stack files with one defect each: is the right thing said of them? `python -m tests.stack_cases` prints the table."""
