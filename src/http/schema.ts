import type { ModuleSchema } from "../ports/module.ts";

/**
 * The host's tables. Idempotency keys are written once and deleted a day later, so autovacuum
 * looks after them sooner than after tables that grow.
 */
export const httpSchema: ModuleSchema = {
  tables: {
    module: "http",
    migrations: [
      {
        number: 1,
        name: "idempotency keys",
        sql: `
          CREATE SCHEMA http;
          CREATE TABLE http.idempotency_keys (
            account_id bigint NOT NULL,
            operation text NOT NULL,
            key text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            key_id smallint NOT NULL,
            tag bytea NOT NULL,
            status smallint NOT NULL,
            headers text NOT NULL,
            body text,
            PRIMARY KEY (account_id, operation, key)
          ) WITH (autovacuum_vacuum_scale_factor = 0.05);
          CREATE INDEX idempotency_keys_created_at ON http.idempotency_keys (created_at);
          COMMENT ON COLUMN http.idempotency_keys.account_id IS '0: a client without an account';
          COMMENT ON COLUMN http.idempotency_keys.tag IS 'HMAC of the request under the ring''s key key_id';
        `,
      },
    ],
  },
  partitioned: [],
  events: {},
};
