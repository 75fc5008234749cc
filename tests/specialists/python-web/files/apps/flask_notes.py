import os, sqlite3, hashlib, pickle, subprocess, random, base64, yaml
from flask import Flask, request, session, redirect, url_for, g, jsonify, render_template, render_template_string, send_file, make_response, flash
import requests
import jwt

app = Flask(__name__)
app.secret_key = 'supersecret'
app.config['UPLOAD_FOLDER'] = 'uploads'
DATABASE = 'app.db'

def get_db():
    db = getattr(g, '_database', None)
    if db is None:
        db = g._database = sqlite3.connect(DATABASE)
    return db

def query_db(query, args=(), one=False):
    cur = get_db().execute(query, args)
    rv = cur.fetchall()
    return (rv[0] if rv else None) if one else rv

def login_required(f):
    def wrap(*a, **k):
        if 'user_id' not in session:
            return redirect(url_for('login'))
        return f(*a, **k)
    return wrap

@app.route('/login', methods=['GET', 'POST'])
def login():
    if request.method == 'POST':
        username = request.form['username']
        password = request.form['password']
        pw = hashlib.md5(password.encode()).hexdigest()
        user = query_db("SELECT * FROM users WHERE username='" + username + "' AND password='" + pw + "'", one=True)
        if user:
            session['user_id'] = user[0]
            session['role'] = user[3]
            return redirect(request.args.get('next') or url_for('index'))
        flash('Invalid')
    return render_template('login.html')

@app.route('/profile/<int:user_id>')
@login_required
def profile(user_id):
    user = query_db('SELECT * FROM users WHERE id = ?', [user_id], one=True)
    return render_template('profile.html', user=user)

@app.route('/admin')
def admin():
    users = query_db('SELECT * FROM users')
    return render_template('admin.html', users=users)

@app.route('/search')
def search():
    q = request.args.get('q', '')
    results = query_db(f"SELECT * FROM products WHERE name LIKE '%{q}%'")
    return render_template_string('<h1>Results for ' + q + '</h1>{% for r in results %}{{ r }}{% endfor %}', results=results)

@app.route('/ping', methods=['POST'])
def ping():
    ip = request.form.get('ip')
    out = os.popen('ping -c 1 ' + ip).read()
    return '<pre>{}</pre>'.format(out)

@app.route('/fetch')
def fetch():
    url = request.args.get('url')
    r = requests.get(url)
    return r.text

@app.route('/download')
def download():
    filename = request.args.get('file')
    path = os.path.join('files', filename)
    return send_file(path)

@app.route('/read')
def read():
    name = request.args.get('name')
    with open('notes/' + name) as f:
        return f.read()

@app.route('/upload', methods=['POST'])
def upload():
    f = request.files['file']
    f.save(os.path.join(app.config['UPLOAD_FOLDER'], f.filename))
    return 'ok'

@app.route('/load', methods=['POST'])
def load():
    data = base64.b64decode(request.form['data'])
    obj = pickle.loads(data)
    return str(obj)

@app.route('/config', methods=['POST'])
def config():
    return jsonify(yaml.load(request.data, Loader=yaml.Loader))

@app.route('/token')
def token():
    t = jwt.encode({'user': request.args.get('u')}, 'secret', algorithm='HS256')
    return jsonify(token=t)

@app.route('/verify')
def verify():
    data = jwt.decode(request.headers.get('Authorization'), options={'verify_signature': False})
    return jsonify(data)

@app.route('/comment', methods=['POST'])
def comment():
    c = request.form['comment']
    get_db().execute('INSERT INTO comments (text) VALUES (?)', (c,))
    get_db().commit()
    return redirect('/comments')

@app.route('/comments')
def comments():
    rows = query_db('SELECT text FROM comments')
    html = ''
    for r in rows:
        html += '<li>' + r[0] + '</li>'
    return html

@app.route('/register', methods=['POST'])
def register():
    username = request.form['username']
    password = request.form['password']
    get_db().execute('INSERT INTO users (username, password) VALUES (?, ?)', (username, password))
    get_db().commit()
    return 'registered'

@app.route('/reset', methods=['POST'])
def reset():
    code = str(random.randint(1000, 9999))
    session['code'] = code
    return 'sent'

@app.route('/api/users/<int:id>', methods=['DELETE'])
def delete_user(id):
    get_db().execute('DELETE FROM users WHERE id = ?', (id,))
    get_db().commit()
    return jsonify(ok=True)

@app.route('/update', methods=['POST'])
@login_required
def update():
    user = User.query.get(session['user_id'])
    for k, v in request.form.items():
        setattr(user, k, v)
    db.session.commit()
    return 'ok'

@app.route('/calc')
def calc():
    return str(eval(request.args.get('e')))

@app.errorhandler(500)
def err(e):
    return str(e), 500

@app.after_request
def headers(resp):
    resp.headers['Access-Control-Allow-Origin'] = '*'
    return resp

if __name__ == '__main__':
    app.run(debug=True, host='0.0.0.0')
