/** The three forms that a date may have in a header (RFC 9110, 5.6.7); all are in GMT. */
const usual = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const withDashes = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const withoutZone = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** In milliseconds since 1970; null: it is no such date. */
export function httpDateMs(text: string): number | null {
  const dated = withoutZone.test(text) ? `${text} GMT` : text;
  const isDate = dated !== text || usual.test(text) || withDashes.test(text);
  const ms = isDate ? Date.parse(dated) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}
