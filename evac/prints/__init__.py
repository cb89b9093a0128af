"""What is printed of codes: pendants, wristbands, household sheets; one sheet at once or two million codes in batches."""
