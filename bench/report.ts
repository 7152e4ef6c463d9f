/** What a suite has measured. */
export interface Report {
  readonly suite: string;
  readonly machine: object;
  readonly data: string;
  readonly figures: Readonly<Record<string, number>>;
}
