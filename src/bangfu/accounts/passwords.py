"""The rules for a password are Django's; what is wrong is said in our words, which its own catalogue lacks in part."""

from django.contrib.auth import password_validation as django
from django.utils.translation import gettext as _


class NotLikeTheName(django.UserAttributeSimilarityValidator):  # type: ignore[misc]
    """Neither the name nor the user name."""

    def get_error_message(self) -> str:
        return _("密码和姓名或用户名太像，请换一个。")


class LongEnough(django.MinimumLengthValidator):  # type: ignore[misc]
    """At least as long as the setting says."""

    def get_error_message(self) -> str:
        return _("密码太短，至少要 %(n)d 位。") % {"n": self.min_length}


class NotCommon(django.CommonPasswordValidator):  # type: ignore[misc]
    """None of those everybody tries first."""

    def get_error_message(self) -> str:
        return _("这个密码太常见，容易被人猜到，请换一个。")


class NotOnlyDigits(django.NumericPasswordValidator):  # type: ignore[misc]
    """Something besides digits."""

    def get_error_message(self) -> str:
        return _("密码不能全是数字，请加上字母。")
