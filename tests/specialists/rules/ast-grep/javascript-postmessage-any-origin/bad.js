// ruleid: javascript-postmessage-any-origin
window.parent.postMessage({ token }, "*");
