import { createInterface } from 'node:readline';

/* What all stand-ins do as programs: a line of JSON for each thing they tell, and lines of JSON that tell them something. */

export function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** POSTs what was accepted to the program that plays the phones, if it is there. */
export async function ring(url: string, body: object): Promise<void> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await response.body?.cancel();
  } catch (error) {
    console.error(`Nobody rang at ${url}: ${String(error)}`);
  }
}

/** Obeys each line of the standard input. SIGTERM and SIGINT call `close`, after which nothing is left to do, so the process ends. */
export function takeOrders(obey: (line: object) => void, close: () => PromiseLike<void>): void {
  const orders = createInterface({ input: process.stdin });
  orders.on('line', (text) => {
    try {
      obey(JSON.parse(text) as object);
    } catch (error) {
      console.error(`Not a control line: ${String(error)}`);
    }
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      orders.close();
      process.stdin.destroy();
      void close();
    });
  }
}

export function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new Error(`${name} must be a whole number, not ${text}`);
  return number;
}
