"""Trained runs as an HTTP API and a page: `seqlab serve`. Needs FastAPI and uvicorn (`seqlab[serve]`)."""
