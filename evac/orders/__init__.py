"""Official documents after the draft: numbers at sign-off, who received what, retraction."""
