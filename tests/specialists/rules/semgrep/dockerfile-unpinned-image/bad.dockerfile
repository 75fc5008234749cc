# ruleid: dockerfile-unpinned-image
FROM node:latest
CMD ["node", "server.js"]
