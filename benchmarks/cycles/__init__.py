"""Published tiers over cycles."""
