from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import get_object_or_404

from .models import Order, Product


@login_required
def order_detail(request, order_id):
    order = get_object_or_404(Order, pk=order_id, customer=request.user)
    return JsonResponse({"total": order.total})


@login_required
def product_detail(request, product_id):
    product = get_object_or_404(Product, pk=product_id)
    return JsonResponse({"price": product.price})
