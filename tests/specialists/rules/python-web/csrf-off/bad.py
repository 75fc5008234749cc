from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt


# ruleid: csrf-off
@csrf_exempt
def change_address(request):
    request.user.address = request.POST["address"]
    request.user.save()
    return JsonResponse({"done": True})


# ruleid: csrf-off
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
