from django.http import JsonResponse
from django.views.decorators.http import require_POST


@require_POST
def change_address(request):
    request.user.address = request.POST["address"]
    request.user.save()
    return JsonResponse({"done": True})


MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
