import { Component, type ReactNode } from "react";
import { Button } from "../design/button.tsx";
import { State } from "../design/state.tsx";
import { useText } from "../language/language.ts";
import { ownBuild } from "./build.ts";
import { PageHead } from "./page-head.tsx";
import { OutOfDateError } from "./patient-import.ts";
import { reportError } from "./report.ts";
import styles from "./error-boundary.module.css";

interface ErrorBoundaryProps {
  readonly children: ReactNode;
  /** When it changes, such as the path, what is inside gets another chance. */
  readonly place?: string;
}

interface ErrorBoundaryState {
  readonly error: unknown;
  readonly isBroken: boolean;
  readonly place: string | undefined;
}

/** Stands in for what is inside when that breaks, and tells the operator. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override readonly state: ErrorBoundaryState = {
    error: null,
    isBroken: false,
    place: this.props.place,
  };

  static getDerivedStateFromError(error: unknown): Partial<ErrorBoundaryState> {
    return { error, isBroken: true };
  }

  static getDerivedStateFromProps(
    props: ErrorBoundaryProps,
    state: ErrorBoundaryState,
  ): Partial<ErrorBoundaryState> | null {
    return props.place === state.place
      ? null
      : { error: null, isBroken: false, place: props.place };
  }

  override componentDidCatch(error: unknown): void {
    if (!(error instanceof OutOfDateError)) {
      reportError("render", error);
    }
  }

  override render(): ReactNode {
    const { error, isBroken } = this.state;
    if (!isBroken) {
      return this.props.children;
    }
    // Without a place it is the outermost: the frame itself broke, and its landmark with it.
    const broken = <Broken error={error} />;
    return this.props.place === undefined ? <main>{broken}</main> : broken;
  }
}

function Broken({ error }: { readonly error: unknown }) {
  const t = useText();
  const isOld = error instanceof OutOfDateError;
  const title = isOld ? t("version.old.title") : t("broken.title");
  return (
    <div className={styles["broken"]}>
      <PageHead title={title} />
      <State
        urgent
        icon={isOld ? "reload" : "alert"}
        title={title}
        text={isOld ? t("version.old.text") : t("broken.text")}
      >
        <Button
          look="primary"
          onClick={() => {
            location.reload();
          }}
        >
          {t("version.reload")}
        </Button>
      </State>
      {isOld ? null : (
        <details className={styles["details"]}>
          <summary className={styles["summary"]}>{t("app.details")}</summary>
          <p className={styles["words"]} lang="en" tabIndex={0}>
            {error instanceof Error ? `${error.name}: ${error.message}` : typeof error} {ownBuild()}
          </p>
        </details>
      )}
    </div>
  );
}
