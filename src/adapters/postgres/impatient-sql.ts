import type { PooledSql } from "./session-pool.ts";

/**
 * Connections on which nothing is waited for without bound: a network that was cut tells nobody, and
 * a connection through it would hold up whoever asks next for as long as TCP has hope.
 */
export interface ImpatientSql {
  /** Rejects, and goes on with other connections, when there is no answer in time. */
  ask<T>(statement: (sql: PooledSql) => Promise<T>, withinMs?: number): Promise<T>;
  end(): Promise<void>;
}

const answerWithinMs = 1_500;

/** Nothing came, neither a yes nor a no. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

export function createImpatientSql(open: () => PooledSql): ImpatientSql {
  let sql = open();
  let hasEnded = false;

  function renew(asked: PooledSql): void {
    // Another that waited on it may have done so already.
    if (asked !== sql || hasEnded) return;
    sql = open();
    void asked.end({ timeout: 0 });
  }

  return {
    async ask(statement, withinMs = answerWithinMs) {
      let late: NodeJS.Timeout | undefined;
      const asked = sql;
      const tooLate = new Promise<never>((_resolve, reject) => {
        late = setTimeout(() => {
          renew(asked);
          reject(new NoAnswer(`PostgreSQL has not answered for ${String(withinMs)} ms`));
        }, withinMs);
      });
      try {
        return await Promise.race([statement(asked), tooLate]);
      } finally {
        clearTimeout(late);
      }
    },
    async end() {
      hasEnded = true;
      await sql.end({ timeout: 0 });
    },
  };
}
