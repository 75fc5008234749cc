export function send(host: string, port = 80) {
  return `${host}:${port}`;
}

export const load = (url: string) => fetch(url);

export function close() {}
