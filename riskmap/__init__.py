"""riskmap: gridded typhoon, rain, flood and surge hazard, five-colour tiers with reasons, offline maps, letters."""
