// Asking the server. Every failure becomes an ApiError with words that a person can act on.

export class ApiError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

export type Query = Record<string, string>;

export function address(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== "");
  const text = new URLSearchParams(given).toString();
  return "api/v1/" + path + (text ? "?" + text : "");
}

export async function ask<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    const headers = { Accept: "application/json", "X-Capbridge-Page": "1" };
    response = await fetch(address(path, query), signal ? { headers, signal } : { headers });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "The server does not answer. Check your connection and try again.");
  }
  if (response.ok) return (await response.json()) as T;
  if (response.status === 401) {
    throw new ApiError(401, "Your session is over. Ask your administrator for a new link: capbridge login-link.");
  }
  let message = `The server answered ${response.status}.`;
  try {
    const body = (await response.json()) as { message?: string };
    if (body.message) message = body.message;
  } catch {
    // no JSON: the status says it all
  }
  throw new ApiError(response.status, message);
}
