import tornado.web, os, subprocess, sqlite3
from aiohttp import web, ClientSession
import asyncio

class BaseHandler(tornado.web.RequestHandler):
    def get_current_user(self):
        return self.get_secure_cookie("user")

class Hello(BaseHandler):
    def get(self):
        self.write("<h1>" + self.get_argument("name") + "</h1>")

class FileH(BaseHandler):
    @tornado.web.authenticated
    def get(self, name):
        with open(os.path.join("/srv", name)) as f:
            self.write(f.read())

class Run(BaseHandler):
    def post(self):
        cmd = self.get_body_argument("cmd")
        self.write(subprocess.check_output(cmd, shell=True))

class Login(BaseHandler):
    def post(self):
        conn = sqlite3.connect("x.db")
        row = conn.execute("SELECT * FROM u WHERE n='%s' AND p='%s'" % (self.get_argument("n"), self.get_argument("p"))).fetchone()
        if row:
            self.set_cookie("user", row[0])
        self.redirect(self.get_argument("next", "/"))

async def user(request):
    name = request.match_info["name"]
    async with request.app["pool"].acquire() as conn:
        row = await conn.fetchrow(f"SELECT * FROM users WHERE name = '{name}'")
    return web.Response(text=f"<p>{name}</p>", content_type="text/html")

async def proxy(request):
    data = await request.json()
    async with ClientSession() as s:
        async with s.get(data["url"]) as r:
            return web.Response(body=await r.read())

async def shell(request):
    q = request.query.get("q")
    p = await asyncio.create_subprocess_shell(f"grep {q} /var/log/app.log", stdout=-1)
    out, _ = await p.communicate()
    raise web.HTTPFound(request.query["next"])

def make():
    app = web.Application()
    app.router.add_get("/user/{name}", user)
    app.router.add_post("/proxy", proxy)
    app.router.add_get("/shell", shell)
    return app
