"""The cockpit (数字驾驶舱): a page with one screen a level, live from a server and as a folder without one."""
