// ruleid: javascript-electron-node-integration
const window = new BrowserWindow({ width: 800, webPreferences: { nodeIntegration: true } });
