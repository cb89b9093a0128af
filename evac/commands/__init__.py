"""The commands of `evac`, one file a matter; `evac.cli` puts them together."""
