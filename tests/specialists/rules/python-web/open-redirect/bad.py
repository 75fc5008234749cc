from django.shortcuts import redirect


def after_login(request):
    # ruleid: open-redirect
    return redirect(request.GET.get("next", "/"))
