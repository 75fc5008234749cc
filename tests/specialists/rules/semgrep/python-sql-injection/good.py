from flask import Flask, request

app = Flask(__name__)
TABLE = "users"


@app.get("/users")
def users():
    name = request.args.get("name")
    return db.execute("SELECT * FROM users WHERE name = ?", (name,)).fetchall()


@app.get("/orders/<int:number>")
def order(number: int):
    return db.execute(f"SELECT * FROM orders WHERE id = {number}").fetchone()


@app.get("/page")
def page():
    size = int(request.args["size"])
    return db.execute(f"SELECT * FROM {TABLE} LIMIT {size}").fetchall()


@router.get("/items")
def items(q: str, db: Session = Depends(get_db)):
    return db.execute(select(Item).where(Item.name == q)).all()


def migrate(connection, table):
    connection.execute(f"DROP TABLE {table}")
