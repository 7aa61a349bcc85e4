/**
 * `node healthcheck.ts URL…`: ends with 0 if one of the URLs answers 200 within three seconds, else with 1. For
 * container health checks; the image has no curl.
 */
const urls = process.argv.slice(2);

async function answersOk(url: string): Promise<void> {
  let status: number;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    status = response.status;
    await response.body?.cancel();
  } catch (error) {
    // `fetch failed` says nothing; its cause does.
    const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new Error(`${url}: ${String(reason)}`, { cause: error });
  }
  if (status !== 200) throw new Error(`${url} answers ${status}`);
}

try {
  await Promise.any(urls.map(answersOk));
} catch (error) {
  // What a container engine shows as the last check's output.
  const reasons = error instanceof AggregateError ? error.errors : [error];
  console.error(reasons.map(String).join('\n') || 'usage: healthcheck.ts URL…');
  process.exitCode = 1;
}
