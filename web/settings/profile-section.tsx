import { useState, type SyntheticEvent } from "react";
import { bioFault, bioMax, nameFault, nameMax, type Fault } from "../data/account-rules.ts";
import type { Progress } from "../data/own-changes.ts";
import { changeAccount, useProgress, useSignedIn } from "../data/session.ts";
import { useTyped, type Typed } from "../data/typed.ts";
import { Button } from "../design/button.tsx";
import { TextAreaField, TextField } from "../design/field.tsx";
import { graphemeCount } from "../design/first-grapheme.ts";
import { useText } from "../language/language.ts";
import { PictureChoice } from "./picture-choice.tsx";
import { isOver, ProgressNote } from "./saved-note.tsx";
import styles from "./settings.module.css";

const bioRows = 5;

export function ProfileSection() {
  const t = useText();
  const me = useSignedIn();
  const name = useProfileText("name", me.name, me.id);
  const bio = useProfileText("bio", me.bio, me.id);
  const nameError = useFaultWords(nameFault(name.text), name.text, nameMax);
  const bioError = useFaultWords(bioFault(bio.text), bio.text, bioMax);
  const isChanged = name.isChanged || bio.isChanged;
  const hasFault = nameError !== null || bioError !== null;

  function submit(event: SyntheticEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (hasFault) {
      event.currentTarget.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
      return;
    }
    changeAccount({
      ...(name.text === me.name ? {} : { name: name.text.trim() }),
      ...(bio.text === me.bio ? {} : { bio: bio.text }),
    });
    name.forget();
    bio.forget();
  }

  return (
    <form className={styles["form"]} noValidate onSubmit={submit}>
      <PictureChoice />
      <TextField
        label={t("settings.profile.name")}
        hint={t("settings.profile.count", { used: graphemeCount(name.text), max: nameMax })}
        error={nameError}
        autoComplete="name"
        value={name.text}
        onChange={({ target }) => {
          name.change(target.value);
        }}
      />
      <TextAreaField
        label={t("settings.profile.bio")}
        hint={t("settings.profile.count", { used: graphemeCount(bio.text), max: bioMax })}
        error={bioError}
        rows={bioRows}
        value={bio.text}
        onChange={({ target }) => {
          bio.change(target.value);
        }}
      />
      <div className={styles["actions"]}>
        <Button type="submit" look="primary">
          {t("settings.profile.save")}
        </Button>
        {isChanged ? (
          <Button
            look="quiet"
            onClick={() => {
              name.forget();
              bio.forget();
            }}
          >
            {t("settings.profile.discard")}
          </Button>
        ) : null}
      </div>
      <ProfileNote isChanged={isChanged} />
    </form>
  );
}

/** What the account has, unless something else is being typed, or was refused. */
function useProfileText(part: "name" | "bio", saved: string, accountId: string): Typed {
  const progress = useProgress(part);
  const refused = progress?.phase === "refused" ? progress.wanted : null;
  const typed = useTyped(`profile.${accountId}.${part}`, refused ?? saved);
  return { ...typed, isChanged: typed.text !== saved };
}

function useFaultWords(fault: Fault | null, text: string, max: number): string | null {
  const t = useText();
  const over = graphemeCount(text) - max;
  switch (fault) {
    case null:
      return null;
    case "long":
      return over > 0
        ? t("settings.profile.over", { count: over })
        : t("settings.profile.tooManyBytes");
    case "empty":
    case "short":
      return t("settings.profile.empty");
    case "characters":
      return t("settings.profile.characters");
  }
}

/** How it stands with what was saved here, until something else is typed. */
function ProfileNote({ isChanged }: { readonly isChanged: boolean }) {
  const both = [useProgress("name"), useProgress("bio")];
  const [before] = useState(both);
  const news = both.filter((progress, i) => progress !== before[i] || !isOver(progress));
  const phases = ["refused", "waiting", "saving", "saved"] as const;
  const worst = phases.flatMap((phase) => news.filter((progress) => progress?.phase === phase))[0];
  const shown: Progress | null = worst ?? null;
  return <ProgressNote progress={isChanged && isOver(shown) ? null : shown} />;
}
