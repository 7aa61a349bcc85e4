import { longRow, type SuspectRow, type Suspicion } from '@carillon/queue';

/** A suspicion, and how many pushes this worker had seen accepted before: those of one number are in one row. */
export interface PlacedSuspicion extends Suspicion {
  readonly row: number;
}

/** Finds known suspects that followed one another, with nothing accepted between: too many for chance. */
export interface SuspectRows {
  /** Those that have ended, of these suspects and the row that the last ones left open. `row`: the present number. */
  ended(suspects: readonly PlacedSuspicion[], row: number): SuspectRow[];
  forget(): void;
}

export function createSuspectRows(): SuspectRows {
  let open: PlacedSuspicion[] = [];

  return {
    ended(suspects, row) {
      const rows = [...Map.groupBy([...open, ...suspects.filter(({ known }) => known)], (one) => one.row)];
      open = rows.find(([number]) => number === row)?.[1] ?? [];
      return rows
        .filter(([number, ofRow]) => number !== row && ofRow.length >= longRow)
        .map(([, ofRow]) => ({
          firstSentAt: Math.min(...ofRow.map(({ sentAt }) => sentAt)),
          lastSentAt: Math.max(...ofRow.map(({ sentAt }) => sentAt)),
        }));
    },
    forget: () => void (open = []),
  };
}
