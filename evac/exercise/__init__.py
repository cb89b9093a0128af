"""A whole emergency in an hour of office time (全流程演练): letters to after-action report, through the functions of the commands."""
