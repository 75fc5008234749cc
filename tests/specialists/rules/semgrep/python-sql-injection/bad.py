from flask import Flask, request
from sqlalchemy import text

app = Flask(__name__)


@app.get("/users")
def users():
    name = request.args.get("name")
    # ruleid: python-sql-injection
    return db.execute(f"SELECT * FROM users WHERE name = '{name}'").fetchall()


@app.get("/orders/<ref>")
def order(ref):
    statement = "SELECT * FROM orders WHERE ref = '%s'" % ref
    # ruleid: python-sql-injection
    return session.execute(text(statement)).all()


@router.get("/items")
async def items(q: str, limit: int = 10):
    # ruleid: python-sql-injection
    await conn.execute("SELECT * FROM items WHERE name LIKE '%" + q + "%'")


def search(request):
    # ruleid: python-sql-injection
    return User.objects.raw("SELECT * FROM auth_user WHERE email = '" + request.GET["email"] + "'")
