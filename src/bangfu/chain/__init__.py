"""Who answers for which household: seven links and the posts beside them, dated, so that any day can be asked about."""
