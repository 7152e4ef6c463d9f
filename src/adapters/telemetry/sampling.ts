import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from "@opentelemetry/sdk-trace";

/** Which traces are kept, as the standard variables say it; undefined where they say nothing. */
export interface Sampling {
  /** `OTEL_TRACES_SAMPLER` */
  readonly name: string | undefined;
  /** `OTEL_TRACES_SAMPLER_ARG`: the share of traces that is kept, 0 to 1. */
  readonly argument: string | undefined;
}

const samplers: Readonly<Record<string, (ratio: number) => Sampler>> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio) => new TraceIdRatioBasedSampler(ratio),
  parentbased_always_on: () => new ParentBasedSampler({ root: new AlwaysOnSampler() }),
  parentbased_always_off: () => new ParentBasedSampler({ root: new AlwaysOffSampler() }),
  parentbased_traceidratio: (ratio) =>
    new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
};

const nameDefault = "parentbased_always_on";

/** Throws for a value that the variable does not take. */
export function createSampler({ name = nameDefault, argument = "1" }: Sampling): Sampler {
  const make = samplers[name];
  if (make === undefined) {
    const known = Object.keys(samplers).join(", ");
    throw new Error(`OTEL_TRACES_SAMPLER is "${name}"; it takes one of ${known}`);
  }
  const ratio = Number(argument);
  if (!(ratio >= 0 && ratio <= 1)) {
    throw new Error(`OTEL_TRACES_SAMPLER_ARG is "${argument}"; it takes a number from 0 to 1`);
  }
  return make(ratio);
}
