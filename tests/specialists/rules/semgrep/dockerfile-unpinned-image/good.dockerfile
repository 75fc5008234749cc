FROM node:22.11.0
CMD ["node", "server.js"]
