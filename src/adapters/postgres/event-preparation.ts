import { Compile, type Validator } from "typebox/compile";
import { assert } from "../../kernel/assert.ts";
import type { Context } from "../../kernel/context.ts";
import type { Clock } from "../../ports/clock.ts";
import type { IdSource } from "../../ports/ids.ts";
import type { EventSchemas, NewEvent } from "../../ports/log.ts";
import type { Transaction } from "../../ports/record.ts";
import type { PreparedEvent } from "./event-sink.ts";
import { logName } from "./log-schema.ts";

export interface EventPreparationDeps {
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly region: number;
  readonly schemas: EventSchemas;
  readonly epoch: () => number;
}

/** Turns what a command states into what the log holds. */
export interface EventPreparation {
  prepare(context: Context, events: readonly NewEvent[]): readonly PreparedEvent[];
  /**
   * A transaction whose events carry the request of this context instead of the transaction's own:
   * a consumer handles events of many requests in one transaction.
   */
  causedBy(tx: Transaction, context: Context): Transaction;
}

export function createEventPreparation(deps: EventPreparationDeps): EventPreparation {
  const { ids, clock, region, schemas } = deps;
  const validators = new Map<string, Validator>();
  const origins = new WeakMap<NewEvent, Context>();

  function validator(type: string): Validator {
    let found = validators.get(type);
    if (found === undefined) {
      const schema = schemas[type];
      assert(schema !== undefined, `no module declares the event ${type}`);
      found = Compile(schema);
      validators.set(type, found);
    }
    return found;
  }

  function check(event: NewEvent): void {
    const known = validator(event.type);
    if (!known.Check(event.data)) {
      const [first] = known.Errors(event.data);
      const where = `${first?.instancePath ?? ""} ${first?.message ?? ""}`.trim();
      assert(false, `the data of ${event.type} do not fit its schema: ${where}`);
    }
  }

  return {
    prepare(context, events) {
      const atMs = clock.nowMs();
      return events.map((event) => {
        check(event);
        const origin = origins.get(event) ?? context;
        return {
          type: event.type,
          aggregate: event.aggregate,
          actorId: event.actorId,
          data: event.data,
          id: ids.mint(),
          log: logName,
          epoch: deps.epoch(),
          region,
          atMs,
          requestId: origin.requestId,
          traceparent: origin.traceparent,
        };
      });
    },
    causedBy: (tx, context) => ({
      sql: tx.sql,
      append(event) {
        origins.set(event, context);
        tx.append(event);
      },
      hide: tx.hide,
    }),
  };
}
