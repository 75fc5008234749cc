from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import login_required
from django.http import HttpResponseForbidden, JsonResponse

from .models import User


@staff_member_required
def admin_overview(request):
    return JsonResponse({"users": User.objects.count()})


@login_required
def admin_users(request):
    if not request.user.is_superuser:
        return HttpResponseForbidden()
    return JsonResponse({"users": list(User.objects.values())})
