"""What ``riskmap verify track`` says of every bundled storm: the tables and the picture of ``docs/verification.md``."""
