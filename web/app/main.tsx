import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import "../design/tokens.css";
import "../design/base.css";
import { queries } from "../data/queries.ts";
import { beginSession } from "../data/session.ts";
import { feed } from "../data/world.ts";
import { preferredLocale, speak } from "../language/language.ts";
import { App } from "./app.tsx";
import { watchSteps } from "./came-back.ts";
import { ErrorBoundary } from "./error-boundary.tsx";
import { paths } from "./paths.ts";
import { present } from "./present.ts";
import { reportErrors } from "./report.ts";
import { measurePage } from "./measure.ts";
import { applyTheme } from "./theme.ts";
import { keepShell } from "./keep-shell.ts";

/** What can be asked before the first picture is asked for at once: the feed, and the messages. */
reportErrors();
applyTheme();
history.scrollRestoration = "manual";
watchSteps();
const me = beginSession();
if (me !== null && location.pathname === paths.feed) {
  feed.start();
}
await speak(me?.locale ?? preferredLocale());

createRoot(present(document.getElementById("maru"))).render(
  <QueryClientProvider client={queries}>
    <ErrorBoundary>
      <App />
    </ErrorBoundary>
  </QueryClientProvider>,
);
measurePage();
keepShell();
