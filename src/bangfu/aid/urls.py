"""Addresses of aid."""

from django.urls import path, register_converter

from . import batch_views, card_views, donor_views, farming_views, notice_views, opening_views, reward_views, study_views, views, wish_views


class Term:
    """A term in an address: 2017-2 is 2017秋, so that an address is plain letters."""

    regex = r"\d{4}-[12]"

    def to_python(self, value: str) -> str:
        return value[:4] + "春秋"[int(value[5]) - 1]

    def to_url(self, value: str) -> str:
        return f"{value[:4]}-{'春秋'.index(value[4]) + 1}"


register_converter(Term, "term")
app_name = "aid"
urlpatterns = [
    path("", views.home, name="home"),
    path("sources/new/", views.new_source, name="new_source"),
    path("sources/<slug:code>/", views.source, name="source"),
    path("programmes/new/", views.new_programme, name="new_programme"),
    path("ledger/", views.entries, name="entries"),
    path("ledger/file/", views.entries_file, name="entries_file"),
    path("lines/<int:key>/", views.line, name="line"),
    path("batches/new/", batch_views.new_batch, name="new_batch"),
    path("batches/<slug:code>/", batch_views.batch, name="batch"),
    path("batches/<slug:code>/print/", batch_views.print_sheets, name="print_sheets"),
    path("batches/<slug:code>/payments/", batch_views.payment_list, name="payment_list"),
    path("batches/<slug:code>/bank/", batch_views.bank_reply, name="bank_reply"),
    path("print/", batch_views.print_day, name="print_day"),
    path("printed/<slug:code>/", batch_views.printed, name="printed"),
    path("households/<slug:code>/<int:year>/", card_views.information_card, name="information_card"),
    path("openings/", opening_views.openings, name="openings"),
    path("openings/new/", opening_views.new_opening, name="new_opening"),
    path("openings/<slug:code>/", opening_views.opening_page, name="opening"),
    path("openings/<slug:code>/columns/", opening_views.opening_columns, name="opening_columns"),
    path("sheets/", batch_views.find_sheet, name="find_sheet"),
    path("sheets/<slug:code>/", batch_views.sheet, name="sheet"),
    path("wishes/", wish_views.wish_list, name="wishes"),
    path("wishes/<slug:code>/", wish_views.wish, name="wish"),
    path("households/<slug:code>/wish/", wish_views.new_wish, name="new_wish"),
    path("notices/", notice_views.notices, name="notices"),
    path("notices/<slug:code>/", notice_views.notice, name="notice"),
    path("notices/<slug:code>/file/<str:name>/", notice_views.notice_file, name="notice_file"),
    path("batches/<slug:code>/notice/", notice_views.new_notice, name="new_notice"),
    path("objections/<slug:code>/", notice_views.objection, name="objection"),
    path("public/", notice_views.public_pages, name="public_pages"),
    path("donors/", donor_views.donors, name="donors"),
    path("donors/new/", donor_views.new_donor, name="new_donor"),
    path("donors/<slug:code>/", donor_views.donor, name="donor"),
    path("donors/<slug:code>/pledges/new/", study_views.new_pledge, name="new_pledge"),
    path("study/", study_views.home, name="study"),
    path("study/grants/", study_views.other_grants, name="other_grants"),
    path("study/new/<str:code>/", study_views.new_application, name="new_application"),
    path("study/pledges/<slug:code>/", study_views.pledge, name="pledge"),
    path("study/terms/<term:name>/", study_views.term, name="study_term"),
    path("study/<slug:code>/", study_views.application, name="application"),
    path("study/<slug:code>/form/", study_views.registration_form, name="registration_form"),
    path("farming/", farming_views.home, name="farming"),
    path("farming/income/", farming_views.income, name="income"),
    path("farming/<slug:code>/", farming_views.village, name="farming_village"),
    path("farming/<slug:code>/direction/", farming_views.direction, name="direction"),
    path("farming/<slug:code>/plan/", farming_views.plan, name="plan"),
    path("intentions/<slug:code>/", farming_views.intention, name="intention"),
    path("batches/<slug:code>/follow/", farming_views.follow_ups, name="follow_ups"),
    path("lines/<int:key>/follow/<int:age>/", farming_views.follow_up, name="follow_up"),
    path("rewards/", reward_views.rounds, name="rounds"),
    path("rewards/new/", reward_views.new_round, name="new_round"),
    path("rewards/<slug:code>/", reward_views.round_, name="round"),
    path("claims/<slug:code>/", reward_views.claim, name="claim"),
]
