from fastapi.middleware.cors import CORSMiddleware
from flask_cors import CORS

# ruleid: python-cors-any-origin-with-credentials
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
# ruleid: python-cors-any-origin-with-credentials
CORS(site, origins="*", supports_credentials=True)
