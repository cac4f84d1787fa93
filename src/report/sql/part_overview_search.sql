-- Values with a text in them, whatever its capitals.
    WHERE contains(lower(value), lower({{text}}))
