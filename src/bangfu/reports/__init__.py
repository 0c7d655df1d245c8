"""What is said of the town's work: the bulletin, whose figures open. It reads the rooms below and writes nothing of theirs."""
