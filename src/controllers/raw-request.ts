import type { ApiClient } from '../client/api-client.ts';
import { statusErrorOfAnswer } from '../client/status-answer.ts';

/** The JSON answer to a request on any path; throws StatusError for an answer that is not a success. */
export async function readJson<T>(client: ApiClient, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await client.raw(method, path, body);
  if (answer.status < 200 || answer.status > 299) throw statusErrorOfAnswer(answer.status, answer.body);
  // The wire's edge: the server is trusted to send what the path says.
  return JSON.parse(answer.body.toString('utf8')) as T;
}
