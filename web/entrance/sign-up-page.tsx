import { Link } from "wouter";
import { useSearch } from "wouter/use-browser-location";
import { paths } from "../app/paths.ts";
import { useText } from "../language/language.ts";
import { EntranceFrame } from "./entrance-frame.tsx";
import { SignUpForm } from "./sign-up-form.tsx";
import { withWish } from "./way-on.ts";
import styles from "./entrance.module.css";

export function SignUpPage() {
  const t = useText();
  const search = useSearch();
  return (
    <EntranceFrame title={t("entrance.signUp")}>
      <SignUpForm />
      <p className={styles["other"]}>
        {t("entrance.isKnown")}{" "}
        <Link href={withWish(paths.signIn, search)}>{t("entrance.signIn")}</Link>
      </p>
    </EntranceFrame>
  );
}
