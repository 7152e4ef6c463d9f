import type { ModuleSchema } from "../../ports/module.ts";

/** The only log there is today; a position names its log, so that there may be one a shard later. */
export const logName = "main";

/**
 * Facts are written into `outbox` in the command's own transaction, without a position; the relay
 * moves them into `events` in the order of (transaction_id, n) and numbers them without gaps.
 *
 * `outbox` is a queue: it is small, and what was moved lies dead at the low end of its key until
 * vacuum takes it, so vacuum comes by count and not by share of the table. It must not shorten the
 * file, because that would take a lock which writers wait for.
 *
 * `events` is partitioned by the day on which an event was positioned, so that a day that is over
 * goes by dropping a table. The relay makes the days.
 */
const createLog = `
CREATE SCHEMA log;

CREATE TABLE log.outbox (
  transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  n bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  id bigint NOT NULL,
  aggregate_id bigint NOT NULL,
  version bigint NOT NULL,
  actor_id bigint,
  at_ms bigint NOT NULL,
  region smallint NOT NULL,
  type text NOT NULL,
  aggregate_type text NOT NULL,
  request_id text NOT NULL,
  traceparent text,
  data jsonb NOT NULL,
  PRIMARY KEY (transaction_id, n),
  CONSTRAINT outbox_id_key UNIQUE (id)
) WITH (
  autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 10000,
  vacuum_truncate = false
);

CREATE TABLE log.events (
  position bigint NOT NULL,
  day date NOT NULL,
  epoch int NOT NULL,
  transaction_id xid8 NOT NULL,
  id bigint NOT NULL,
  aggregate_id bigint NOT NULL,
  version bigint NOT NULL,
  actor_id bigint,
  at_ms bigint NOT NULL,
  region smallint NOT NULL,
  type text NOT NULL,
  aggregate_type text NOT NULL,
  request_id text NOT NULL,
  traceparent text,
  data jsonb NOT NULL,
  PRIMARY KEY (position, day)
) PARTITION BY RANGE (day);

-- One row a log. "history" names the server whose transaction ids the log's are; where it is
-- another, the record was restored or promoted and the log begins a new epoch. Everything below
-- "moved_below" has been moved, so that the relay need not walk over what lies dead.
CREATE TABLE log.state (
  log text PRIMARY KEY,
  epoch int NOT NULL DEFAULT 0,
  history text NOT NULL DEFAULT '',
  position bigint NOT NULL DEFAULT 0,
  moved_below xid8 NOT NULL DEFAULT '0',
  holder text,
  holder_epoch bigint NOT NULL DEFAULT 0,
  expires_at timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 10);

INSERT INTO log.state (log) VALUES ('${logName}');

CREATE TABLE log.consumers (
  name text PRIMARY KEY,
  position bigint NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  retry_at timestamptz NOT NULL DEFAULT '-infinity',
  last_error text
) WITH (fillfactor = 20);

CREATE TABLE log.dead_letters (
  consumer text NOT NULL,
  event_id bigint NOT NULL,
  position bigint NOT NULL,
  attempts int NOT NULL,
  error text NOT NULL,
  failed_at timestamptz NOT NULL,
  redrive_at timestamptz,
  event jsonb NOT NULL,
  PRIMARY KEY (consumer, event_id)
);

CREATE INDEX dead_letters_redrive ON log.dead_letters (consumer, position) WHERE redrive_at IS NOT NULL;
`;

/**
 * Takes the first of what can have a position out of the outbox. The planner knows nothing of a
 * queue that is empty most of the time: a plan from then reads all of it, for each row, when for
 * once it is long. These settings leave it the way by the key alone.
 */
const takeFromOutbox = `
CREATE FUNCTION log.take(from_transaction xid8, below_transaction xid8, most int)
RETURNS SETOF log.outbox
LANGUAGE sql VOLATILE
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
AS $$
  DELETE FROM log.outbox WHERE ctid = ANY (ARRAY(
    SELECT first.ctid FROM log.outbox AS first
    WHERE first.transaction_id >= from_transaction AND first.transaction_id < below_transaction
    ORDER BY first.transaction_id, first.n LIMIT most
  )) RETURNING outbox.*
$$;
`;

/**
 * What workers have to do, outside of transactions. An entry that is due may be taken; whoever takes
 * it puts `due_at` off by the time of its lease, and again as long as it works, so that what nobody
 * works on any more is due by itself. `lease` tells one taking from any other. The attempt is counted
 * at the taking, because work that ends its process counts nothing afterwards.
 *
 * The table is a queue as the outbox is, so vacuum comes by count, and taking keeps to the index.
 */
const createWork = `
CREATE TABLE log.work (
  worker text NOT NULL,
  event_id bigint NOT NULL,
  position bigint NOT NULL,
  event jsonb NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  holder text,
  lease uuid,
  last_error text,
  PRIMARY KEY (worker, event_id)
) WITH (
  autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 10000,
  vacuum_truncate = false
);

CREATE INDEX work_due ON log.work (worker, due_at);

CREATE FUNCTION log.take_work(of_worker text, most int, by_holder text, for_ms float8)
RETURNS SETOF log.work
LANGUAGE sql VOLATILE
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
AS $$
  WITH due AS MATERIALIZED (
    SELECT event_id FROM log.work WHERE worker = of_worker AND due_at <= now()
    ORDER BY due_at LIMIT most FOR UPDATE SKIP LOCKED
  )
  UPDATE log.work AS entry SET
    attempts = entry.attempts + 1,
    holder = by_holder,
    lease = gen_random_uuid(),
    due_at = clock_timestamp() + for_ms * interval '1 ms'
  FROM due WHERE entry.worker = of_worker AND entry.event_id = due.event_id
  RETURNING entry.*
$$;
`;

export const logSchema: ModuleSchema = {
  tables: {
    module: "log",
    migrations: [
      { number: 1, name: "create the log", sql: createLog },
      { number: 2, name: "take from the outbox by its key", sql: takeFromOutbox },
      { number: 3, name: "create the list of work", sql: createWork },
    ],
  },
  partitioned: [],
  events: {},
};
