/** What is needed of a client of Redis. It belongs to the process, which hands it in. */
export interface HopRedis {
  readonly status: string;
  on(event: 'ready', listener: () => void): unknown;
  off(event: 'ready', listener: () => void): unknown;
  get(key: string): Promise<string | null>;
  xrevrangeBuffer(
    stream: string,
    end: string,
    start: string,
    count: 'COUNT',
    entries: number,
  ): Promise<[id: Buffer, fields: Buffer[]][]>;
  /** Makes a method of that name, which runs the script. */
  defineCommand(name: string, definition: { readonly numberOfKeys: number; readonly lua: string }): void;
}
