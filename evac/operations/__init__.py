"""Running a registry through an emergency: backups that were tried, room on the disk, clocks that agree."""
