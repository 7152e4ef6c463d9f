import { useEffect, useState, type ClipboardEvent, type DragEvent } from "react";

interface GivenFiles {
  /** Files are held over the place. */
  readonly isOver: boolean;
  readonly onDragOver: (event: DragEvent) => void;
  readonly onDragLeave: (event: DragEvent) => void;
  readonly onDrop: (event: DragEvent) => void;
  readonly onPaste: (event: ClipboardEvent) => void;
}

function hasFiles({ dataTransfer }: { readonly dataTransfer: DataTransfer | null }): boolean {
  return dataTransfer?.types.includes("Files") === true;
}

/** Beside the place a browser would open what is dropped, and leave the page for it. */
function stay(event: globalThis.DragEvent): void {
  if (hasFiles(event)) {
    event.preventDefault();
  }
}

/** Takes files that are dropped onto a place or pasted into it. */
export function useGivenFiles(
  isOff: boolean,
  onFiles: (files: readonly File[]) => void,
): GivenFiles {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    document.addEventListener("dragover", stay);
    document.addEventListener("drop", stay);
    return () => {
      document.removeEventListener("dragover", stay);
      document.removeEventListener("drop", stay);
    };
  }, []);
  return {
    isOver: isOver && !isOff,
    onDragOver(event) {
      if (hasFiles(event)) {
        event.preventDefault();
        setIsOver(true);
      }
    },
    onDragLeave({ currentTarget, relatedTarget }) {
      if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) {
        setIsOver(false);
      }
    },
    onDrop(event) {
      setIsOver(false);
      if (hasFiles(event)) {
        event.preventDefault();
        if (!isOff) {
          onFiles([...event.dataTransfer.files]);
        }
      }
    },
    onPaste(event) {
      const { files, types } = event.clipboardData;
      // Programs for texts and tables put a picture of the text beside it.
      if (files.length > 0 && !types.includes("text/plain") && !isOff) {
        event.preventDefault();
        onFiles([...files]);
      }
    },
  };
}
