"""The sign-in library's forms with our words; what they check and do is the library's."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, ReauthenticateForm, SetPasswordForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCode
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.utils.translation import gettext_lazy as _

RULES = _("至少 10 位，不能全是数字，不能太常见，也不能和姓名、用户名相近。")
WORDS = {"oldpassword": (_("现在的密码"), "", _("请写现在的密码。")), "password1": (_("新密码"), RULES, _("请写新密码。")),
         "password2": (_("再写一遍新密码"), "", _("请再写一遍新密码。")), "password": (_("密码"), "", _("请写密码。")),
         "code": (_("验证码"), "", _("请写验证码。"))}  # fmt: skip


class OurWords:
    """Gives fields our label, hint and the sentence for an empty field; a placeholder says nothing a label does not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, hint, missing) in WORDS.items():
            if field := self.fields.get(name):  # type: ignore[attr-defined]
                field.label, field.help_text = label, hint
                field.error_messages["required"] = missing
                field.widget.attrs.pop("placeholder", None)


class ChangePassword(OurWords, ChangePasswordForm):  # type: ignore[misc]
    """Another password for oneself."""


class SetPassword(OurWords, SetPasswordForm):  # type: ignore[misc]
    """A password for an account that has none: the demo's."""


class Again(OurWords, ReauthenticateForm):  # type: ignore[misc]
    """The password once more, before the second factor is changed."""


class Code(OurWords, AuthenticateForm):  # type: ignore[misc]
    """The second factor at signing in."""


class CodeAgain(OurWords, ReauthenticateByCode):  # type: ignore[misc]
    """The second factor once more, before it is changed."""


class Activate(OurWords, ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new second factor."""
