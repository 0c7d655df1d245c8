"""Facts of aid. The ledger's rows (ledger.py) are only added; what is still being prepared (batch.py and the desks' own) may be edited."""

from .batch import Batch, BatchState, Candidate, Cover, DistributionSheet, Rule, Standard
from .donor import Donor, DonorKind
from .farming import Asked, FarmingIntention, FollowUp, LossCause, VillageDirection
from .ledger import Account, AccountKind, Aside, ClosedMonth, Commodity, Entry, EntryKind, FundSource, Leg, Line, Lot, Programme, ProgrammeKind, Receipt, ReceiptMode, SourceKind
from .notices import Clearance, NameStyle, NoticeFile, NoticeState, Objection, ObjectionWay, PublicNotice
from .opening import LedgerTemplate, OpeningImport, OpeningState
from .rewards import RewardClaim, RewardInspection, RewardRound
from .study import ApplicationState, DropoutAlert, GrantKind, HomeCheck, LIVE, Match, OtherGrant, Pledge, Stage, Stop, StudyApplication, TermAnswer
from .wishes import Claim, ClaimWay, MicroWish, WishEvent, WishState

__all__ = [
    "Account", "AccountKind", "ApplicationState", "Aside", "Asked", "Batch", "BatchState", "Candidate", "Claim", "ClaimWay", "Clearance", "ClosedMonth", "Commodity",
    "Cover", "DistributionSheet", "Donor", "DonorKind", "DropoutAlert", "Entry", "EntryKind", "FarmingIntention", "FollowUp", "FundSource", "GrantKind", "HomeCheck",
    "LIVE", "LedgerTemplate", "Leg", "Line", "LossCause", "Lot", "Match", "MicroWish", "NameStyle", "NoticeFile", "NoticeState", "Objection", "ObjectionWay",
    "OpeningImport", "OpeningState", "OtherGrant", "Pledge", "Programme", "ProgrammeKind", "PublicNotice", "Receipt", "ReceiptMode", "RewardClaim", "RewardInspection",
    "RewardRound", "Rule", "SourceKind", "Stage", "Standard", "Stop", "StudyApplication", "TermAnswer", "VillageDirection", "WishEvent", "WishState",
]  # fmt: skip
