import type { ModuleSchema } from "../../ports/module.ts";
import { accountsEvents } from "./events.ts";

/**
 * Distribution keys: an account's rows by its id, the two directories by the name that is looked
 * up. What was given by the person is erased from the row when the account is deleted; the row
 * stays, so that its id is known to be over.
 */
const createTables = `
CREATE SCHEMA accounts;

CREATE TABLE accounts.accounts (
  id bigint PRIMARY KEY,
  handle text COLLATE "C",
  name text COLLATE "C" NOT NULL,
  -- As it is searched for: without case, and without the widths and forms of its letters.
  name_folded text COLLATE "C" NOT NULL,
  bio text NOT NULL,
  avatar_id bigint,
  locale text NOT NULL,
  time_zone text NOT NULL,
  home_region smallint NOT NULL,
  privacy text NOT NULL,
  status text NOT NULL,
  -- Null: there is no password, so nobody signs in.
  password_hash text,
  version int NOT NULL,
  CONSTRAINT accounts_status CHECK (status IN ('active', 'deactivated', 'deleted')),
  CONSTRAINT accounts_handle CHECK (status = 'deleted' OR handle IS NOT NULL)
);
CREATE INDEX accounts_by_name ON accounts.accounts (name_folded, id) WHERE status = 'active';

-- Makes handles unique, and leads from a handle to the account's shard.
CREATE TABLE accounts.handles (
  handle text COLLATE "C" PRIMARY KEY,
  account_id bigint NOT NULL
);

CREATE TABLE accounts.sessions (
  account_id bigint NOT NULL,
  id bigint NOT NULL,
  token_hash bytea NOT NULL,
  user_agent text NOT NULL,
  last_used_ms bigint NOT NULL,
  PRIMARY KEY (account_id, id)
);
CREATE INDEX sessions_by_last_use ON accounts.sessions (last_used_ms);

-- Whom an import has made already, by their names in its source.
CREATE TABLE accounts.imported_people (
  external_id text COLLATE "C" PRIMARY KEY,
  account_id bigint NOT NULL
);
`;

/** What is shown of the avatar: a copy, as the media module gave it. */
const addAvatars = `ALTER TABLE accounts.accounts ADD COLUMN avatar jsonb;`;

export const accountsSchema: ModuleSchema = {
  tables: {
    module: "accounts",
    migrations: [
      { number: 1, name: "create accounts, handles and sessions", sql: createTables },
      { number: 2, name: "avatars", sql: addAvatars },
    ],
  },
  partitioned: [],
  events: accountsEvents,
};
