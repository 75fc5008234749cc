from fastapi.middleware.cors import CORSMiddleware
from flask_cors import CORS

app.add_middleware(CORSMiddleware, allow_origins=["https://example.com"], allow_credentials=True)
app.add_middleware(CORSMiddleware, allow_origins=["*"])
CORS(site, origins="*")
