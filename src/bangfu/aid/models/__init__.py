"""Facts of aid. The ledger's rows (ledger.py) are only added; what is still being prepared (batch.py and the desks' own) may be edited."""

from .batch import Batch, BatchState, Candidate, Cover, DistributionSheet, Rule, Standard
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
from .notices import Clearance, NameStyle, NoticeFile, NoticeState, Objection, ObjectionWay, PublicNotice
from .wishes import Claim, ClaimWay, MicroWish, WishEvent, WishState

__all__ = ["Account", "AccountKind", "Aside", "Batch", "BatchState", "Candidate", "Claim", "ClaimWay", "Clearance", "ClosedMonth", "Commodity", "Cover", "DistributionSheet", "Entry", "EntryKind", "FundSource", "Leg",
           "Line", "Lot", "MicroWish", "NameStyle", "NoticeFile", "NoticeState", "Objection", "ObjectionWay", "Programme", "ProgrammeKind", "PublicNotice", "Receipt", "ReceiptMode", "Rule",
           "SourceKind", "Standard", "WishEvent", "WishState"]  # fmt: skip
