/** The phones of what is written down, by what became of them. */
export const stored = {
  /** Rang: known, with a claim and a trace. */
  rung: 1,
  /** Died: its pushkey is rejected. */
  dead: 2,
  /** Its delivery waits for a later try. */
  delayed: 3,
  /** Is a suspect. */
  suspect: 4,
  /** Has a dead letter. */
  unreadable: 5,
  /** Their deliveries wait. */
  waiting: [11, 12, 13],
} as const;
