export function send(host: string, port: number, tls: boolean) {
  return `${host}:${port}:${tls}`;
}

export const load = async (url: string, retries?: number) => fetch(url);
