import { Type, type Static } from "typebox";
import type { HealthCheck } from "../ports/module.ts";

const lackingSchema = Type.Object({ name: Type.String(), reason: Type.String() });

export const readinessSchema = Type.Object({
  status: Type.Union([
    Type.Literal("ready"),
    Type.Literal("not ready"),
    /** The node itself says nothing: it hangs, or is stopped. */
    Type.Literal("silent"),
  ]),
  missing: Type.Array(lackingSchema),
  /** What the node does without. */
  impaired: Type.Array(lackingSchema),
});

/** Whether a node takes requests, and what is missing if not. */
export type Readiness = Static<typeof readinessSchema>;

export function readinessOf(checks: readonly HealthCheck[]): Readiness {
  const lacking = checks.flatMap(({ name, check, isBearable = false }) => {
    const reason = check();
    return reason === null ? [] : [{ name, reason, isBearable }];
  });
  const those = (bearable: boolean): Readiness["missing"] =>
    lacking
      .filter(({ isBearable }) => isBearable === bearable)
      .map(({ name, reason }) => ({ name, reason }));
  const missing = those(false);
  return {
    status: missing.length === 0 ? "ready" : "not ready",
    missing,
    impaired: those(true),
  };
}
