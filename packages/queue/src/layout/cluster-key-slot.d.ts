/** It comes without types of its own. */
declare module 'cluster-key-slot' {
  /** The slot of a Redis Cluster that the key is on. */
  export default function slotOf(key: string): number;
}
