"""Settings, addresses and the server's entry. Rooms stand below and import nothing from here."""
