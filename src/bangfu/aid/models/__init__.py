"""Facts of aid. The ledger's rows (ledger.py) are only added; what is still being prepared (batch.py and the desks' own) may be edited."""

from .batch import Batch, BatchState, Candidate, Cover, DistributionSheet, Rule, Standard
from .farming import Asked, FarmingIntention, FollowUp, LossCause, VillageDirection
from .ledger import (
           Account,
           AccountKind,
           Aside,
           ClosedMonth,
           Commodity,
           Entry,
           EntryKind,
           FundSource,
           Leg,
           Line,
           Lot,
           Programme,
           ProgrammeKind,
           Receipt,
           ReceiptMode,
           SourceKind,
)
from .rewards import RewardClaim, RewardInspection, RewardRound

__all__ = ["Account", "AccountKind", "Aside", "Asked", "Batch", "BatchState", "Candidate", "ClosedMonth", "Commodity", "Cover", "DistributionSheet", "Entry", "EntryKind", "FarmingIntention", "FollowUp",
           "FundSource", "Leg", "Line", "LossCause", "Lot", "Programme", "ProgrammeKind", "Receipt", "ReceiptMode", "RewardClaim", "RewardInspection", "RewardRound", "Rule", "SourceKind", "Standard", "VillageDirection"]  # fmt: skip
