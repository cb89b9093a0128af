"""Emergency response (应急响应 Ⅳ–Ⅰ): advised from a rule table, decided by a named person, timed down to the village."""
