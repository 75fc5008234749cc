import os, subprocess, logging
from django.http import HttpResponse, JsonResponse, FileResponse, HttpResponseRedirect
from django.shortcuts import render, redirect, get_object_or_404
from django.contrib.auth.decorators import login_required
from django.contrib.auth import authenticate, login
from django.contrib.auth.models import User
from django.db import connection
from django.utils.safestring import mark_safe
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet
from rest_framework.response import Response
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework import serializers
from .models import Invoice, Document, Account
import requests
import xml.etree.ElementTree as ET
from lxml import etree
logger = logging.getLogger(__name__)

def search(request):
    q = request.GET.get('q')
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM shop_product WHERE name LIKE '%%%s%%'" % q)
        rows = cursor.fetchall()
    return render(request, 's.html', {'rows': rows, 'q': mark_safe(q)})

def raw(request):
    users = User.objects.raw("SELECT * FROM auth_user WHERE username = '%s'" % request.GET['u'])
    extra = User.objects.extra(where=["username='%s'" % request.GET['u']])
    return JsonResponse({'n': len(list(users))})

@login_required
def invoice(request, pk):
    inv = Invoice.objects.get(pk=pk)
    return render(request, 'inv.html', {'inv': inv})

@login_required
def delete_document(request, doc_id):
    doc = get_object_or_404(Document, id=doc_id)
    doc.delete()
    return redirect('/docs')

@csrf_exempt
def transfer(request):
    amount = float(request.POST['amount'])
    src = Account.objects.get(id=request.POST['from'])
    dst = Account.objects.get(id=request.POST['to'])
    if src.balance >= amount:
        src.balance -= amount
        dst.balance += amount
        src.save(); dst.save()
    return HttpResponse('ok')

def greet(request):
    return HttpResponse('<h1>Hello ' + request.GET.get('name', '') + '</h1>')

def download(request):
    path = request.GET.get('path')
    return FileResponse(open(os.path.join('/srv', path), 'rb'))

def go(request):
    return HttpResponseRedirect(request.GET['url'])

def admin_panel(request):
    return render(request, 'admin.html', {'users': User.objects.all()})

class Fetch(APIView):
    permission_classes = [AllowAny]
    def post(self, request):
        r = requests.get(request.data['url'], verify=False)
        return Response({'body': r.text})

class ImportXml(View):
    def post(self, request):
        parser = etree.XMLParser(resolve_entities=True)
        tree = etree.fromstring(request.body, parser)
        return HttpResponse(tree.tag)

class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = '__all__'

class UserViewSet(ModelViewSet):
    queryset = User.objects.all()
    serializer_class = UserSerializer
    permission_classes = []

class Run(View):
    def get(self, request, *args, **kwargs):
        out = subprocess.check_output('nslookup %s' % request.GET['host'], shell=True)
        return HttpResponse(out)

def signin(request):
    username = request.POST['username']; password = request.POST['password']
    logger.info('login %s %s', username, password)
    user = authenticate(username=username, password=password)
    if user is None:
        return JsonResponse({'error': 'bad'}, status=401)
    login(request, user)
    return redirect(request.GET.get('next', '/'))

@login_required
def update_profile(request):
    for k, v in request.POST.items():
        setattr(request.user, k, v)
    request.user.save()
    return redirect('/')

@login_required
def create(request):
    Document.objects.create(**request.POST.dict())
    return HttpResponse('ok')

def crash(request):
    import traceback
    try:
        1/0
    except Exception:
        return HttpResponse(traceback.format_exc())
