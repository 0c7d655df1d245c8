"""What a help day gives: seven desks on one append-only ledger of money and goods."""
