window.parent.postMessage({ token }, "https://example.com");
worker.postMessage(data);
