from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import get_object_or_404

from .models import Order


@login_required
def order_detail(request, order_id):
    # ruleid: missing-ownership-check
    order = get_object_or_404(Order, pk=order_id)
    return JsonResponse({"total": order.total})
