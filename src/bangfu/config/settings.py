"""Django's settings. Whatever an installation decides is an environment variable, read and checked in environment.py.

BANGFU_DATA       folder of database and keys          BANGFU_DATABASE  postgres://…, empty = SQLite in the folder
BANGFU_DEMO       yes: invented town, fixed at its start   BANGFU_HOSTS     names the server answers to, comma between
BANGFU_TOWN       the town's name                      BANGFU_SESSION_MINUTES  time-out of a session without use
"""

import hashlib
import secrets
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from . import environment

DATA = environment.folder("BANGFU_DATA", Path.cwd() / "bangfu-data")
DEMO = environment.yes("BANGFU_DEMO", False)
DEBUG = False
TOWN = environment.text("BANGFU_TOWN", "大业镇" if DEMO else "本镇")
HELP_DESK = environment.text("BANGFU_HELP_DESK", "本镇系统管理员")


def _secret() -> str:
    """Return the secret that signs sessions, made at the first start and kept beside the database, readable by its owner only."""
    path = DATA / "secret.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(60), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


SECRET_KEY = _secret()
ALLOWED_HOSTS = environment.text("BANGFU_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
DATABASES = {"default": environment.database("BANGFU_DATABASE", DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "bangfu.base", "bangfu.accounts", "bangfu.registry", "bangfu.chain", "bangfu.visits", "bangfu.aid", "bangfu.reports",  # before allauth, or its own pages win
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles",
    "allauth", "allauth.account", "allauth.mfa",
]  # fmt: skip
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "bangfu.base.middleware.content_policy",
    "bangfu.base.middleware.no_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "bangfu.base.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "bangfu.accounts.middleware.second_factor",
]
ROOT_URLCONF = "bangfu.config.urls"
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
    "OPTIONS": {"context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                                       "django.contrib.messages.context_processors.messages", "bangfu.base.furniture.page"]},
}]  # fmt: skip
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "base_cache"}}  # lock-outs are counted by all processes
STATIC_URL = "static/"
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).resolve().parents[1] / "locale", Path(__file__).resolve().parents[1] / "locale" / "register"]  # pages; names of columns
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

AUTH_USER_MODEL = "accounts.Officer"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "bangfu.accounts.passwords.NotLikeTheName", "OPTIONS": {"user_attributes": ("username", "name")}},
    {"NAME": "bangfu.accounts.passwords.LongEnough", "OPTIONS": {"min_length": 10}},
    {"NAME": "bangfu.accounts.passwords.NotCommon"},
    {"NAME": "bangfu.accounts.passwords.NotOnlyDigits"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "bangfu.accounts.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_SESSION_REMEMBER = False
FAILURES_ALLOWED = environment.number("BANGFU_FAILURES_ALLOWED", 5, 3, 20)
ACCOUNT_RATE_LIMITS = {"login_failed": f"{FAILURES_ALLOWED}/10m/key,50/10m/ip"}
ACCOUNT_FORMS = {"change_password": "bangfu.accounts.library_forms.ChangePassword", "set_password": "bangfu.accounts.library_forms.SetPassword",
                 "reauthenticate": "bangfu.accounts.library_forms.Again"}
MFA_FORMS = {"authenticate": "bangfu.accounts.library_forms.Code", "reauthenticate": "bangfu.accounts.library_forms.CodeAgain",
             "activate_totp": "bangfu.accounts.library_forms.Activate"}
MFA_ADAPTER = "bangfu.accounts.adapter.SecondFactorAdapter"
MFA_TOTP_TOLERANCE = 1  # a phone whose clock is half a minute off
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = f"帮扶 {TOWN}"

_installation = hashlib.sha256(f"cookies {SECRET_KEY}".encode()).hexdigest()[:12]  # two of them on one host keep apart
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"session_{_installation}", f"form_{_installation}"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_AGE = 60 * environment.number("BANGFU_SESSION_MINUTES", 60, 5, 720)
SESSION_SAVE_EVERY_REQUEST = True  # the time-out counts from the last use
HTTPS = environment.yes("BANGFU_HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
LOGGING = {
    "version": 1, "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "bangfu.base.logs.Formatter", "format": "%(asctime)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"django": {"handlers": [], "level": "NOTSET", "propagate": True}},  # not the library's own, which writes an error's words
    "root": {"handlers": ["console"], "level": "WARNING"},
}  # fmt: skip
JOBS = {  # kind of long work: its label, the function that does it, the address of what it made (by the job's code) where it made a file
    "verify_trail": (_("查操作记录"), "bangfu.base.jobs.verify_trail"), "import_read": (_("读交来的文件"), "bangfu.registry.import_actions.read"),
    "import_take": (_("导入"), "bangfu.registry.import_actions.take"), "import_back": (_("撤回导入"), "bangfu.registry.import_back.give_back"),
    "sheets_pdf": (_("全部走访表"), "bangfu.visits.sheets_pdf.make", "visits:sheets_file"),
    "expire_wishes": (_("微心愿到期"), "bangfu.aid.wishes.expire"),
    "distribution_pdf": (_("全部发放表"), "bangfu.aid.distribution_pdf.make", "aid:printed"),
    "tell": (_("逐级提醒"), "bangfu.visits.escalation.tell"),
    "keep_visits": (_("应访名单和截止时的情况"), "bangfu.visits.keeping.keep"),
}  # fmt: skip
MAIL = {} if DEMO else environment.mail("BANGFU_MAIL")  # the demo sends none
globals().update(MAIL)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = environment.text("BANGFU_MAIL_FROM", "bangfu@localhost")
OFFICE_URL = environment.text("BANGFU_URL", None if MAIL else "http://127.0.0.1:8000").rstrip("/")  # where a link in a mail leads
FILE_UPLOAD_TEMP_DIR = DATA / "incoming"  # wiped at every start
FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, exist_ok=True)
PERIODIC = {"verify_trail": 24 * 60, "keep_visits": 15, "tell": 15, "expire_wishes": 6 * 60}  # minutes
# Only rooms that exist stand in the navigation: room, label, address, and the officer's property that opens it.
ROOMS = [("own", _("我的户"), "visits:own", "goes_to_households"), ("registry", _("农户"), "registry:villages", "sees_households"), ("visits", _("帮扶日"), "visits:days", "sees_households"),
         ("reminders", _("提醒"), "visits:reminders", "sees_households"), ("aid", _("发放"), "aid:home", "sees_aid"), ("reports", _("简报"), "reports:bulletins", "sees_aid"), ("chain", _("责任链"), "chain:town", "runs_the_office"), ("calendar", _("日历"), "base:calendar", "is_authenticated"),
         ("areas", _("地区"), "registry:areas", "manages_accounts"), ("accounts", _("账号"), "accounts:officers", "manages_accounts"),
         ("jobs", _("后台工作"), "base:jobs", "manages_accounts"), ("trail", _("操作记录"), "base:trail", "reads_trail")]
WAITING_PARTS = ["bangfu.visits.queries.waiting_at"]  # what is open at households that change hands: (keys, now) -> [(label, how many)]
SPAN = "bangfu.chain.queries.span"  # who says what an officer without a whole area answers for: (officer, day) -> villages, keys of households
CARD_PARTS = ["bangfu.visits.card.part", "bangfu.chain.card.part", "bangfu.aid.card.part"]  # what other rooms show on a household's card: (household, reader, day) -> key, title, template and what it needs
