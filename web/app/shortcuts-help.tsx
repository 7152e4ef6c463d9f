import { useSyncExternalStore, type ReactNode } from "react";
import { createSignal } from "../data/signal.ts";
import { Dialog } from "../design/dialog.tsx";
import { useText } from "../language/language.ts";
import { shortcuts, type Command } from "./shortcuts-keys.ts";
import { turnShortcuts, useShortcutsAreOn } from "./shortcuts-setting.ts";
import styles from "./shortcuts-help.module.css";

const changed = createSignal();
let isOpen = false;

function setOpen(open: boolean): void {
  isOpen = open;
  changed.tell();
}

export function openShortcutsHelp(): void {
  setOpen(true);
}

function close(): void {
  setOpen(false);
}

/** Where the list of keys is shown when it is asked for. */
export function ShortcutsHelp() {
  const isShown = useSyncExternalStore(changed.listen, () => isOpen);
  return isShown ? <Help /> : null;
}

const alsoOpens = "Enter";
const leaves = "Esc";

function Help() {
  const t = useText();
  const areOn = useShortcutsAreOn();
  return (
    <Dialog title={t("keys.title")} closeLabel={t("app.close")} onClose={close}>
      <label className={styles["switch"]}>
        <input
          type="checkbox"
          checked={areOn}
          onChange={({ target }) => {
            turnShortcuts(target.checked);
          }}
        />
        <span>{t("keys.on")}</span>
      </label>
      <p className={styles["hint"]}>{t("keys.hint")}</p>
      <Group title={t("keys.stories")}>
        <Row keys={[shortcuts.next]} does={t("keys.next")} />
        <Row keys={[shortcuts.previous]} does={t("keys.previous")} />
        <Row keys={[shortcuts.open, alsoOpens]} does={t("keys.open")} />
        <Row keys={[shortcuts.like]} does={t("keys.like")} />
        <Row keys={[shortcuts.reply]} does={t("keys.reply")} />
        <Row keys={[shortcuts.reshare]} does={t("keys.reshare")} />
        <Row keys={[shortcuts.author]} does={t("keys.author")} />
        <Row keys={[leaves]} does={t("keys.leave")} />
      </Group>
      <Group title={t("keys.places")}>
        <Row keys={[shortcuts.write]} does={t("keys.write")} />
        <Row keys={[shortcuts.search]} does={t("keys.search")} />
        <Row keys={[shortcuts.feed]} does={t("app.nav.feed")} />
        <Row keys={[shortcuts.friends]} does={t("app.nav.friends")} />
        <Row keys={[shortcuts.settings]} does={t("app.nav.settings")} />
        <Row keys={[shortcuts.me]} does={t("keys.me")} />
        <Row keys={[shortcuts.help]} does={t("keys.help")} />
      </Group>
    </Dialog>
  );
}

type Keys = (typeof shortcuts)[Command] | typeof alsoOpens | typeof leaves;

function Group(props: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={styles["group"]}>
      <h3 className={styles["title"]}>{props.title}</h3>
      <dl>{props.children}</dl>
    </section>
  );
}

/** One thing to do, with the keys that do it: any of them, each pressed as written. */
function Row({ keys, does }: { readonly keys: readonly Keys[]; readonly does: string }) {
  return (
    <div className={styles["row"]}>
      <dt>{does}</dt>
      <dd className={styles["keys"]}>
        {keys.map((sequence) => (
          <span key={sequence} className={styles["sequence"]}>
            {sequence.split(" ").map((key) => (
              <kbd key={key} className={styles["key"]}>
                {key}
              </kbd>
            ))}
          </span>
        ))}
      </dd>
    </div>
  );
}
