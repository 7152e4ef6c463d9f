import { useEffect, useRef, useState } from "react";
import { AttemptNote } from "../app/attempt-note.tsx";
import { api, maru } from "../data/client.ts";
import { changeMe, useSignedIn } from "../data/session.ts";
import { useAttempt } from "../data/use-attempt.ts";
import { Avatar } from "../design/avatar.tsx";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icons.tsx";
import { useText } from "../language/language.ts";
import { refusalWords } from "../media/media-words.ts";
import { takenPictures } from "../media/taken-types.ts";
import { useMade } from "../media/use-made.ts";
import { useUpload } from "./use-upload.ts";
import styles from "./picture-choice.module.css";

const pictureSize = 96;

/** One's own picture: chosen, replaced, removed. It is seen at once, and by others when it is prepared. */
export function PictureChoice() {
  const t = useText();
  const me = useSignedIn();
  const chooser = useRef<HTMLInputElement>(null);
  /** What was chosen here, until it has been prepared. */
  const [local, setLocal] = useState<string | null>(null);
  /** What was saved here last, and may not be prepared yet. */
  const [savedId, setSavedId] = useState<string | null>(null);
  const { fault } = useMade(savedId);
  const upload = useUpload();
  const saving = useAttempt<true>();
  const { avatarUrl } = me;
  const [before, setBefore] = useState(avatarUrl);
  if (before !== avatarUrl) {
    // What was chosen has been prepared, or another device has changed it.
    setBefore(avatarUrl);
    setSavedId(null);
    setLocal(null);
  }
  useEffect(
    () => () => {
      if (local !== null) {
        URL.revokeObjectURL(local);
      }
    },
    [local],
  );
  const isBusy = upload.state.phase === "sending" || saving.state.phase === "sending";

  function save(avatarId: string | null): Promise<true | undefined> {
    return saving.run(async ({ signal }) => {
      const call = api.PATCH("/v1/accounts/me", { body: { avatarId }, signal });
      changeMe((await maru.data(call)).account);
      return true;
    });
  }

  async function choose(chosen: File): Promise<void> {
    saving.stop();
    setSavedId(null);
    const own = URL.createObjectURL(chosen);
    setLocal(own);
    const media = await upload.run(chosen);
    if (media !== null && (await save(media.id)) === true) {
      setSavedId(media.id);
    } else {
      // Another may have been chosen meanwhile.
      setLocal((now) => (now === own ? null : now));
    }
  }

  async function remove(): Promise<void> {
    upload.stop();
    setSavedId(null);
    setLocal(null);
    await save(null);
  }

  return (
    <div className={styles["choice"]} role="group" aria-label={t("settings.profile.picture.title")}>
      <Avatar
        account={{ ...me, avatarUrl: (fault === null ? local : null) ?? avatarUrl }}
        size={pictureSize}
      />
      <div className={styles["side"]}>
        <div className={styles["actions"]}>
          <input
            ref={chooser}
            type="file"
            accept={takenPictures}
            hidden
            tabIndex={-1}
            onChange={({ target }) => {
              const [chosen] = target.files ?? [];
              target.value = "";
              if (chosen !== undefined) {
                void choose(chosen);
              }
            }}
          />
          <Button busy={isBusy} onClick={() => chooser.current?.click()}>
            <Icon name="image" size={20} />
            {t("settings.profile.picture.choose")}
          </Button>
          {avatarUrl === null && local === null ? null : (
            <Button look="quiet" onClick={() => void remove()}>
              {t("settings.profile.picture.remove")}
            </Button>
          )}
        </div>
        {upload.state.phase === "sending" ? (
          <progress
            className={styles["progress"]}
            aria-label={t("attach.sending", { what: t("settings.profile.picture.title") })}
            value={upload.share}
            max={1}
          />
        ) : null}
        <AttemptNote state={upload.state} refusal={(error) => t(refusalWords(error))} />
        <AttemptNote state={saving.state} refusal={() => t("settings.progress.refused")} />
        <p role="status" className={styles["note"]} data-fault={fault !== null || undefined}>
          {fault !== null
            ? t(refusalWords(fault))
            : saving.state.phase === "done" && local !== null
              ? t("settings.profile.picture.there")
              : ""}
        </p>
      </div>
    </div>
  );
}
