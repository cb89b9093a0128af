"""Report forms that fill themselves from the one log (一表通): declared as data, filled by one engine, as XLSX and PDF."""
