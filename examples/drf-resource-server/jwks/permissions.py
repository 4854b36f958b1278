from rest_framework.permissions import SAFE_METHODS, BasePermission


class HasScope(BasePermission):
    """Reading needs the scope `read`, everything else `write`; a view may name more as `required_scopes`."""

    def has_permission(self, request, view):
        if request.auth is None:
            return False
        required = {"read" if request.method in SAFE_METHODS else "write", *getattr(view, "required_scopes", [])}
        return required <= set(request.auth.get("scope", "").split())
