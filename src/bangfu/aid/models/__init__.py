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
from .opening import LedgerTemplate, OpeningImport, OpeningState

__all__ = ["Account", "AccountKind", "Aside", "Batch", "BatchState", "Candidate", "ClosedMonth", "Commodity", "Cover", "DistributionSheet", "Entry", "EntryKind", "FundSource", "LedgerTemplate", "Leg", "Line", "Lot", "OpeningImport", "OpeningState", "Programme",
           "ProgrammeKind", "Receipt", "ReceiptMode", "Rule", "SourceKind", "Standard"]  # fmt: skip
