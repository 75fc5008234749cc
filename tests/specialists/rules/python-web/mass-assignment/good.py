from django.contrib.auth.decorators import login_required
from django.http import JsonResponse

FIELDS = ("name", "city")


@login_required
def profile(request):
    for name in FIELDS:
        setattr(request.user, name, request.POST[name])
    for name, value in request.POST.items():
        if name in FIELDS:
            setattr(request.user, name, value)
    request.user.save()
    return JsonResponse({"done": True})
