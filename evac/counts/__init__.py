"""Who is where, counted and listed: tables by region, lists for rescuers, shelters, boats, goods, calls."""
