"""What the pages of accounts read of a request, and the words for what is wrong with it."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from .models import Officer
from .roles import Role

USERNAME = RegexValidator(r"^[a-z][a-z0-9_.-]{2,39}$", _("用户名用小写字母开头，3 到 40 个字母、数字或 . _ -。"))
ADDRESSES = frozenset({"new", "first", "demo"})  # stand where a user name stands in the addresses of accounts
AREA = RegexValidator(r"^\d{12}$", _("地区代码是 12 位数字，如 450481108000。"))


class AccountForm(forms.Form):
    """Who the account is for."""

    name = forms.CharField(label=_("姓名"), max_length=40, error_messages={"required": _("请写姓名。")})
    username = forms.CharField(label=_("用户名"), max_length=40, validators=[USERNAME], error_messages={"required": _("请写用户名。")})
    area = forms.CharField(label=_("地区代码（12 位）"), max_length=12, validators=[AREA], error_messages={"required": _("请写地区代码。")})

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if username in ADDRESSES or Officer.objects.filter(username=username).exists():
            raise ValidationError(_("这个用户名已经有人用了，请换一个。"))
        return username


class NewAccountForm(AccountForm):
    """An account made by the system administrator, who holds no role that sees households."""

    role = forms.ChoiceField(label=_("角色"), choices=[("", ""), *Role.choices], error_messages={"required": _("请选角色。")})


class ChangeAccountForm(NewAccountForm):
    """Another name, role or area; the user name stays, and one's own role is not one's own to change."""

    def __init__(self, *args: Any, officer: Officer, by: Officer, **kwargs: Any) -> None:
        super().__init__(*args, initial={"name": officer.name, "role": officer.role, "area": officer.area}, **kwargs)
        del self.fields["username"]
        self.fields["role"].disabled = officer == by


class FirstStartForm(AccountForm):
    """The first administrator of a new installation. `code` stands in the terminal in which the server was started."""

    code = forms.CharField(label=_("启动窗口里的 8 位数字"), max_length=8, error_messages={"required": _("请写启动窗口里的数字。")})
    password = forms.CharField(label=_("密码（至少 10 位）"), max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
                               error_messages={"required": _("请写密码。")})
    again = forms.CharField(label=_("再写一遍密码"), max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
                            error_messages={"required": _("请再写一遍密码。")})
    field_order = ("code", "name", "username", "area", "password", "again")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        password = cleaned.get("password")
        if password and cleaned.get("again") and password != cleaned["again"]:
            self.add_error("again", _("两遍密码不一样。"))
        if password:
            try:
                validate_password(password, Officer(username=cleaned.get("username", ""), name=cleaned.get("name", "")))
            except ValidationError as weak:
                self.add_error("password", weak)
        return cleaned
