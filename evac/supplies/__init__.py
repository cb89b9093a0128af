"""Supplies (物资): what each shelter has, needs and lacks, how long it lasts, and who can send what."""
