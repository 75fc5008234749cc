import ast

from django.http import JsonResponse


def calculate(request):
    return JsonResponse({"result": ast.literal_eval(request.POST["expression"])})
