from django.contrib.auth.decorators import login_required
from django.http import JsonResponse


@login_required
def profile(request):
    for name, value in request.POST.items():
        # ruleid: mass-assignment
        setattr(request.user, name, value)
    request.user.save()
    return JsonResponse({"done": True})
