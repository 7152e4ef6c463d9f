import { useEffect, useState } from "react";
import { changeAccount, useSignedIn } from "../data/session.ts";
import { Button } from "../design/button.tsx";
import { SelectField } from "../design/field.tsx";
import { clockTime } from "../language/format.ts";
import { locales, useLocale, useText, type Locale } from "../language/language.ts";
import { speakOrSay } from "../language/language-choice.tsx";
import { ChoiceList } from "./choice-list.tsx";
import { SavedNote } from "./saved-note.tsx";
import { offsetOf, timeZoneHere, timeZonesWith } from "./time-zones.ts";
import styles from "./settings.module.css";

export function LanguageSection() {
  return (
    <>
      <LanguageForm />
      <TimeZoneForm />
    </>
  );
}

const names = Object.entries(locales) as readonly [Locale, string][];

function LanguageForm() {
  const t = useText();
  const locale = useLocale();
  /** While its messages are on their way. */
  const [wanted, setWanted] = useState<Locale | null>(null);

  /** Speaks the language first: what cannot be spoken is not chosen. */
  async function choose(next: Locale): Promise<void> {
    setWanted(next);
    if (await speakOrSay(next)) {
      changeAccount({ locale: next });
    }
    setWanted((now) => (now === next ? null : now));
  }

  return (
    <div>
      <ChoiceList
        legend={t("settings.language.speak")}
        choices={names.map(([value, label]) => ({ value, label, lang: value }))}
        value={wanted ?? locale}
        onChoose={(value) => void choose(value)}
      />
      <SavedNote part="locale" />
    </div>
  );
}

function TimeZoneForm() {
  const t = useText();
  const locale = useLocale();
  const { timeZone } = useSignedIn();
  const nowMs = useMinutes();
  const here = timeZoneHere();
  return (
    <div className={styles["form"]}>
      <SelectField
        label={t("settings.language.timeZone")}
        hint={t("settings.language.clock", {
          time: clockTime(nowMs, locale, timeZone),
          offset: offsetOf(timeZone, nowMs),
        })}
        value={timeZone}
        onChange={({ target }) => {
          changeAccount({ timeZone: target.value });
        }}
      >
        {timeZonesWith(timeZone).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </SelectField>
      {here === timeZone ? null : (
        <div className={styles["actions"]}>
          <Button
            onClick={() => {
              changeAccount({ timeZone: here });
            }}
          >
            {t("settings.language.here", { timeZone: here })}
          </Button>
        </div>
      )}
      <SavedNote part="timeZone" />
    </div>
  );
}

const tickMs = 15_000;

/** The time, for a clock without seconds. */
function useMinutes(): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      setNowMs(Date.now());
    }, tickMs);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return nowMs;
}
