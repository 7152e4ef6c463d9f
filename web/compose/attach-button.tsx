import { useRef } from "react";
import { Icon } from "../design/icons.tsx";
import { Menu } from "../design/menu.tsx";
import { useText } from "../language/language.ts";
import { takenFiles, takenPictures } from "../media/taken-types.ts";
import styles from "./attach-button.module.css";

interface AttachButtonProps {
  readonly isOff: boolean;
  /** Its device's choice opens: files may come soon. */
  readonly onOpen: () => void;
  readonly onChosen: (files: readonly File[]) => void;
}

/** On what is held in a hand there is a camera. */
const hasCamera = matchMedia("(pointer: coarse)");

/** Opens the device's own choice of photos and videos; on a phone also its camera. */
export function AttachButton({ isOff, onOpen, onChosen }: AttachButtonProps) {
  const t = useText();
  const chooser = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const label = t("attach.add");

  function open(input: HTMLInputElement | null): void {
    onOpen();
    input?.click();
  }

  const hidden = {
    type: "file",
    hidden: true,
    tabIndex: -1,
    onChange: ({ target }: { readonly target: HTMLInputElement }) => {
      onChosen([...(target.files ?? [])]);
      // The same file may be chosen again.
      target.value = "";
    },
  } as const;
  return (
    <span data-adds>
      <input {...hidden} ref={chooser} accept={takenFiles} multiple />
      {hasCamera.matches && !isOff ? (
        <>
          <input {...hidden} ref={camera} accept={takenPictures} capture="environment" />
          <Menu
            label={label}
            icon="image"
            items={[
              {
                icon: "image",
                label: t("attach.choose"),
                onChoose: () => {
                  open(chooser.current);
                },
              },
              {
                icon: "camera",
                label: t("attach.camera"),
                onChoose: () => {
                  open(camera.current);
                },
              },
            ]}
          />
        </>
      ) : (
        <button
          type="button"
          className={styles["button"]}
          aria-label={label}
          title={label}
          disabled={isOff}
          onClick={() => {
            open(chooser.current);
          }}
        >
          <Icon name="image" />
        </button>
      )}
    </span>
  );
}
