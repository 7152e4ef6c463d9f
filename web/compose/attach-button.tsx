import { useRef } from "react";
import { Icon } from "../design/icons.tsx";
import { Menu } from "../design/menu.tsx";
import { useText } from "../language/language.ts";
import { takenFiles, takenPictures } from "../media/taken-types.ts";
import styles from "./attach-button.module.css";

interface AttachButtonProps {
  readonly isOff: boolean;
  readonly onChosen: (files: readonly File[]) => void;
}

/** On what is held in a hand there is a camera. */
const hasCamera = matchMedia("(pointer: coarse)");

/** Opens the device's own choice of photos and videos; on a phone also its camera. */
export function AttachButton({ isOff, onChosen }: AttachButtonProps) {
  const t = useText();
  const chooser = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const label = t("attach.add");

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
    <>
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
                onChoose: () => chooser.current?.click(),
              },
              {
                icon: "camera",
                label: t("attach.camera"),
                onChoose: () => camera.current?.click(),
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
          onClick={() => chooser.current?.click()}
        >
          <Icon name="image" />
        </button>
      )}
    </>
  );
}
